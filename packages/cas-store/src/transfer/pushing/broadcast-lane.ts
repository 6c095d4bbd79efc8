import type { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ChunkKind } from '../../types.ts'
import type { BroadcastEnd, IdentifiedBlob } from '../contract.ts'
import type { TransferContext } from '../transfer-context.ts'
import { handledElsewhere } from '../waiting.ts'
import { bySize, inBatches } from '../batches.ts'
import { PushStream, type PushedChunk } from './push-stream.ts'

/** One peer of a broadcast. */
export class BroadcastLane {
  readonly peer: NodeId
  /** How long it has made the others wait. */
  waitedMs: number = 0
  readonly #context: TransferContext
  readonly #onChange: () => void
  readonly #opened: Promise<PushStream>
  readonly #given = new AbortController()
  /** Settles when all that was offered so far is on its way. */
  #sending: Promise<void>
  #bytesPending = 0
  #bytesSent = 0
  #failure: unknown
  /** Set when the blob is durable there: settles when the goodbyes have been said. */
  #ending: Promise<void> | undefined

  constructor(context: TransferContext, peer: NodeId, onChange: () => void) {
    this.peer = peer
    this.#context = context
    this.#onChange = onChange
    this.#opened = PushStream.open(context, peer, this.#given.signal)
    this.#sending = this.#ready()
    this.#watch(this.#sending)
  }

  get isActive(): boolean {
    return this.#failure === undefined
  }

  get hasRoom(): boolean {
    return this.#bytesPending < this.#context.settings.pushBytesInFlightMax
  }

  /** Sends what of it the peer lacks, whenever it can; resolves when the peer has it. */
  async offer(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<void> {
    const { batchBytesFirst, batchBytesMax, batchChunksMax } = this.#context.settings
    const bytesMax = Math.min(batchBytesFirst, batchBytesMax)
    const groups = bySize(chunks, bytesMax, ({ bytes }) => bytes.length)
    const batches = groups.flatMap((group) => inBatches(group, batchChunksMax))
    await Promise.all(batches.map((batch) => this.#offer(kind, batch)))
  }

  async finish(blob: IdentifiedBlob): Promise<BroadcastEnd> {
    try {
      await this.#sending
      if (!this.isActive) throw this.#failure
      const push = await this.#opened
      await push.commit(blob)
      this.#ending = push.end()
      handledElsewhere(this.#ending)
      return { type: 'durable', bytesSent: this.#bytesSent }
    } catch (error) {
      const cause = this.#failure ?? error
      return { type: 'failed', why: cause instanceof Error ? cause.message : String(cause) }
    }
  }

  giveUp(error: FlotillaError): void {
    if (this.#ending === undefined) this.#fail(error)
    this.#given.abort(error)
    void this.#close(error)
  }

  async #ready(): Promise<void> {
    await this.#opened
  }

  async #close(error: FlotillaError): Promise<void> {
    try {
      await this.#ending
      const push = await this.#opened
      push.reset(error)
      await push[Symbol.asyncDispose]()
    } catch {
      // It is gone already, which is what was wanted.
    }
  }

  #offer(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<void> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
    this.#bytesPending += bytes
    const lacked = this.#lacked(kind, chunks, bytes)
    handledElsewhere(lacked)
    const sent = this.#send(kind, bytes, lacked, this.#sending)
    this.#sending = (async () => void (await sent))()
    const taken = (async () => (await sent).taken)()
    this.#watch(this.#sending)
    this.#watch(taken)
    return taken
  }

  async #send(
    kind: ChunkKind,
    bytes: number,
    lacked: Promise<readonly PushedChunk[]>,
    before: Promise<void>,
  ): Promise<{ readonly taken: Promise<void> }> {
    await before
    const missing = await lacked
    const bytesMissing = missing.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
    this.#settle(bytes - bytesMissing)
    if (missing.length === 0) return { taken: Promise.resolve() }
    const push = await this.#opened
    const { taken } = await push.send(kind, missing)
    this.#bytesSent += bytesMissing
    this.#context.instruments.bytes.inc({ direction: 'pushed' }, bytesMissing)
    const settled = (async () => {
      await taken
      this.#settle(bytesMissing)
    })()
    handledElsewhere(settled)
    return { taken: settled }
  }

  /** A question costs a round trip, and small chunks cost less. */
  async #lacked(kind: ChunkKind, chunks: readonly PushedChunk[], bytes: number): Promise<readonly PushedChunk[]> {
    if (bytes <= this.#context.settings.pushUnaskedBytesMax) return chunks
    const push = await this.#opened
    const missing = await push.lacks(
      kind,
      chunks.map(({ id }) => id),
    )
    return missing.map((index) => chunks[index] as PushedChunk)
  }

  #settle(bytes: number): void {
    this.#bytesPending -= bytes
    this.#onChange()
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#context.logger.info({ err: error, peer: this.peer }, 'a peer does not take part in a broadcast any more')
    this.#onChange()
  }
}
