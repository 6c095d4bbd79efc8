import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import type { ByteWriter } from '../wire/byte-writer.ts'
import { writeCalls } from '../wire/call-codec.ts'
import type { AddressedCall, BootNumber } from '../wire/call.ts'

/** Calls that leave at the end of this turn, one notice for each node. */
export class OutgoingCalls {
  readonly #boot: BootNumber
  readonly #writer: ByteWriter
  readonly #bytesMax: number
  readonly #byPeer = new Map<NodeId, AddressedCall[]>()
  #sequence = 0

  constructor(boot: BootNumber, writer: ByteWriter, bytesMax: number) {
    this.#boot = boot
    this.#writer = writer
    this.#bytesMax = bytesMax
  }

  add(to: NodeId, call: AddressedCall): void {
    const calls = this.#byPeer.get(to)
    if (calls === undefined) this.#byPeer.set(to, [call])
    else calls.push(call)
  }

  /** What the network does not take is lost, as a notice may be: it is asked again. */
  flush(channel: Channel): void {
    for (const [to, calls] of this.#byPeer) {
      if (calls.length === 0) continue
      const head = { boot: this.#boot, sequence: () => ++this.#sequence }
      writeCalls(this.#writer, head, calls, this.#bytesMax, (notice) => void channel.notify(to, notice))
      calls.length = 0
    }
  }

  forget(peer: NodeId): void {
    this.#byPeer.delete(peer)
  }
}
