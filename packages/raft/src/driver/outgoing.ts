import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import type { Message } from '../messages.ts'
import type { GroupWrite, RaftStorage } from '../storage/storage.ts'
import type { GroupName, WriteNumber } from '../types.ts'
import type { ByteWriter } from '../wire/byte-writer.ts'
import { writeParcels, type Parcelled } from '../wire/parcel.ts'
import type { GroupDriver } from './group-driver.ts'

/** Messages to members that leave at the end of this turn. */
export class OutgoingParcels {
  readonly #writer: ByteWriter
  readonly #bytesMax: number
  readonly #byPeer = new Map<NodeId, Parcelled[]>()

  constructor(writer: ByteWriter, bytesMax: number) {
    this.#writer = writer
    this.#bytesMax = bytesMax
  }

  add(to: NodeId, group: GroupName, message: Message): void {
    const parcelled = this.#byPeer.get(to)
    if (parcelled === undefined) this.#byPeer.set(to, [{ group, message }])
    else parcelled.push({ group, message })
  }

  /** What the network does not take is lost, as it may be on the way: the cores cope. */
  flush(channel: Channel): void {
    for (const [to, parcelled] of this.#byPeer) {
      if (parcelled.length === 0) continue
      writeParcels(this.#writer, parcelled, this.#bytesMax, (notice) => void channel.notify(to, notice))
      parcelled.length = 0
    }
  }

  forget(peer: NodeId): void {
    this.#byPeer.delete(peer)
  }
}

/** What all groups write in one turn: one write, one sync. */
export class OutgoingWrites {
  readonly #storage: RaftStorage
  #writes: GroupWrite[] = []
  #written: { readonly group: GroupDriver; readonly number: WriteNumber }[] = []

  constructor(storage: RaftStorage) {
    this.#storage = storage
  }

  add(group: GroupDriver, write: GroupWrite, number: WriteNumber): void {
    this.#writes.push(write)
    this.#written.push({ group, number })
  }

  /** Begins it; the groups are told when it is durable. Resolves then, and rejects if it never will be. */
  flush(): Promise<void> | undefined {
    return this.#writes.length === 0 ? undefined : this.#write()
  }

  async #write(): Promise<void> {
    const writes = this.#writes
    const written = this.#written
    this.#writes = []
    this.#written = []
    await this.#storage.write(writes)
    for (const { group, number } of written) group.written(number)
  }
}
