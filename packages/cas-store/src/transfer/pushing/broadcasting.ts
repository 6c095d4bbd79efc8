import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { after } from '@flotilla/core/time'
import type { ChunkKind } from '../../types.ts'
import type { Broadcast, BroadcastEnd, IdentifiedBlob, TransferErrorCode } from '../contract.ts'
import type { TransferContext } from '../transfer-context.ts'
import { BroadcastLane } from './broadcast-lane.ts'
import type { PushedChunk } from './push-stream.ts'

/** Pushes a blob to several peers while it is being made. */
export class Broadcasting implements Broadcast {
  readonly #context: TransferContext
  readonly #lanes: readonly BroadcastLane[]
  readonly #onClosed: () => void
  #changed: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(context: TransferContext, to: readonly NodeId[], onClosed: () => void) {
    this.#context = context
    this.#onClosed = onClosed
    const wake = (): void => {
      this.#changed.resolve()
      this.#changed = Promise.withResolvers()
    }
    this.#lanes = [...new Set(to)].map((peer) => {
      const lane = new BroadcastLane(context, peer, wake)
      if (context.strangers?.isUntrusted(peer) === true) lane.giveUp(untrusted(peer))
      return lane
    })
  }

  async add(
    kind: ChunkKind,
    chunks: readonly PushedChunk[],
    options: { readonly release?: (() => void) | undefined } = {},
  ): Promise<void> {
    const offers = this.#lanes.filter(({ isActive }) => isActive).map((lane) => lane.offer(kind, chunks))
    void release(offers, options.release)
    await this.#room()
  }

  async finish(blob: IdentifiedBlob): Promise<ReadonlyMap<NodeId, BroadcastEnd>> {
    const ends = this.#lanes.map(async (lane) => [lane.peer, await lane.finish(blob)] as const)
    return new Map(await Promise.all(ends))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#onClosed()
    for (const lane of this.#lanes) lane.giveUp(new FlotillaError('closed', 'the broadcast was given up'))
    return Promise.resolve()
  }

  /** Waits until all have room. Those for whom the others have waited too long in all are dropped. */
  async #room(): Promise<void> {
    const { clock, settings } = this.#context
    for (;;) {
      const active = this.#lanes.filter(({ isActive }) => isActive)
      const full = active.filter(({ hasRoom }) => !hasRoom)
      if (full.length === 0) return
      const isSlowest = full.length < active.length
      // At least a millisecond, so that time passes between two looks.
      const patienceMs = Math.max(1, settings.broadcastWaitMs - Math.max(...full.map(({ waitedMs }) => waitedMs)))
      const since = clock.now()
      await this.#change(isSlowest ? patienceMs : Infinity)
      if (!isSlowest) continue
      for (const lane of full) {
        lane.waitedMs += clock.now() - since
        if (lane.waitedMs < settings.broadcastWaitMs || lane.hasRoom) continue
        lane.giveUp(new FlotillaError('deadline-exceeded', `the others had to wait for ${lane.peer} too long`))
      }
    }
  }

  async #change(patienceMs: number): Promise<void> {
    const { clock } = this.#context
    const changed = this.#changed
    using _timer = clock.wakeAt(after(clock.now(), patienceMs), () => changed.resolve())
    await changed.promise
  }
}

function untrusted(peer: NodeId): FlotillaError<TransferErrorCode> {
  return new FlotillaError('refused', `${peer} must not read anything, so nothing is broadcast there`, {
    hint: 'bring the blob there when it is whole: then it is sealed',
  })
}

/** What a failed peer still has in its hands, nobody knows: then the bytes are left to the collector of garbage. */
async function release(offers: readonly Promise<unknown>[], done: (() => void) | undefined): Promise<void> {
  const ends = await Promise.allSettled(offers)
  if (ends.every(({ status }) => status === 'fulfilled')) done?.()
}
