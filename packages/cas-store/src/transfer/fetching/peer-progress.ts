import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { LeftOutReason } from '../contract.ts'
import type { TransferSettings } from '../limits.ts'
import type { BatchNumber } from '../wire/messages.ts'
import type { PlannedChunk } from './planned-chunk.ts'

/** Less than this is not worth a question of its own. */
const batchBytesLeast = 64 * 2 ** 10

/** Chunks that one peer was asked for together. */
export interface Batch {
  readonly number: BatchNumber
  readonly peer: NodeId
  readonly chunks: readonly PlannedChunk[]
  readonly bytes: number
  readonly askedAt: Millis
  /** When another peer is asked too, unless it has come by then. */
  hedgeAt: number
  /** The batch of the slower peer, if this one was asked for because that one took too long. */
  readonly hedges: Batch | undefined
}

export type PeerState = 'new' | 'opening' | 'ready' | LeftOutReason

/** How one peer does. */
export class PeerProgress {
  readonly id: NodeId
  readonly #settings: TransferSettings
  state: PeerState = 'new'
  /** Oldest first, which is the order of the answers. */
  readonly batches: Map<BatchNumber, Batch> = new Map()
  bytesInFlight: number = 0
  hedgesLost: number = 0
  lacksInRow: number = 0
  hasSecondChance: boolean = true
  /** Undefined until it has given something. */
  rateBytesPerMs: number | undefined
  #lastAnswerAt = 0

  constructor(id: NodeId, settings: TransferSettings) {
    this.id = id
    this.#settings = settings
  }

  /** Whether it may still be of use. */
  get isHopeful(): boolean {
    return this.state === 'new' || this.state === 'opening' || this.state === 'ready'
  }

  get hasRoom(): boolean {
    const { batchesInFlightMax } = this.#settings
    if (this.state !== 'ready' || this.batches.size >= batchesInFlightMax) return false
    return this.batches.size === 0 || this.bytesInFlight < this.#windowBytes
  }

  /** How much to ask of it at once. */
  get batchBytes(): number {
    const { batchBytesFirst, batchBytesMax, batchTargetMs } = this.#settings
    if (this.rateBytesPerMs === undefined) return Math.min(batchBytesFirst, batchBytesMax)
    return Math.min(batchBytesMax, Math.max(batchBytesLeast, Math.ceil(this.rateBytesPerMs * batchTargetMs)))
  }

  begin(batch: Batch): void {
    this.batches.set(batch.number, batch)
    this.bytesInFlight += batch.bytes
  }

  /** It has answered; `bytes` is what came. */
  finish(batch: Batch, bytes: number, now: Millis): void {
    if (!this.batches.delete(batch.number)) return
    this.bytesInFlight -= batch.bytes
    const busyMs = Math.max(1, now - Math.max(batch.askedAt, this.#lastAnswerAt))
    this.#lastAnswerAt = now
    if (bytes === 0) return
    const rate = bytes / busyMs
    // A single answer that came late or early counts for a third.
    this.rateBytesPerMs = this.rateBytesPerMs === undefined ? rate : (2 * this.rateBytesPerMs + rate) / 3
  }

  /** Drops what it was asked for. */
  abandon(): Batch[] {
    const dropped = [...this.batches.values()]
    this.batches.clear()
    this.bytesInFlight = 0
    return dropped
  }

  /** When it would have given so many bytes more. */
  expectedMs(bytes: number): number {
    return this.rateBytesPerMs === undefined ? 0 : (this.bytesInFlight + bytes) / this.rateBytesPerMs
  }

  get #windowBytes(): number {
    return Math.min(this.#settings.peerBytesInFlightMax, 3 * this.batchBytes)
  }
}
