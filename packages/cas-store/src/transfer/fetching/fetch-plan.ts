import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { WantedChunk } from '../../tree/contract.ts'
import type { LeftOutReason } from '../contract.ts'
import { expectedBytes, type TransferSettings } from '../limits.ts'
import type { BatchNumber } from '../wire/messages.ts'
import type { BatchAnswer, FetchEffect } from './fetch-effects.ts'
import { PeerProgress, type Batch } from './peer-progress.ts'
import { keyOf, WaitingChunks, type ChunkKey, type PlannedChunk } from './planned-chunk.ts'

/**
 * Decides which chunks are asked of whom, and when somebody else is asked as well. Each wanted chunk is either waiting,
 * or asked of somebody who has neither answered nor been left out: so it comes, or is told to be unavailable.
 */
export class FetchPlan {
  readonly #settings: TransferSettings
  readonly #peers = new Map<NodeId, PeerProgress>()
  #holders: ReadonlySet<NodeId> = new Set()
  readonly #chunks = new Map<ChunkKey, PlannedChunk>()
  readonly #waiting = new WaitingChunks()
  /** Those that somebody lacks. */
  readonly #rare = new Set<PlannedChunk>()
  readonly #effects: FetchEffect[] = []
  #bytesInFlight = 0
  #nextBatch = 0

  constructor(settings: TransferSettings) {
    this.#settings = settings
  }

  /** Chunks that are wanted and have not come. */
  get size(): number {
    return this.#chunks.size
  }

  /** These are wanted; those that are wanted already are so once. */
  want(wanted: readonly WantedChunk[]): void {
    for (const each of wanted) {
      const key = keyOf(each)
      if (this.#chunks.has(key)) continue
      const bytes = expectedBytes(each, this.#settings)
      const chunk: PlannedChunk = {
        key,
        wanted: each,
        bytes,
        state: 'waiting',
        askedOf: new Set(),
        lackedBy: new Set(),
      }
      this.#chunks.set(key, chunk)
      this.#waiting.add(chunk)
    }
  }

  /** Nobody wants these any more. */
  forget(keys: readonly ChunkKey[]): void {
    for (const key of keys) this.#settle(key)
  }

  /** Whether that chunk is still wanted. */
  wants(key: ChunkKey): boolean {
    return this.#chunks.has(key)
  }

  /** Only these are asked from now on. */
  holders(holders: readonly NodeId[]): void {
    this.#holders = new Set(holders)
    for (const id of this.#holders) {
      if (!this.#peers.has(id)) this.#peers.set(id, new PeerProgress(id, this.#settings))
    }
  }

  opened(peer: NodeId): void {
    const progress = this.#peers.get(peer)
    if (progress?.state === 'opening') progress.state = 'ready'
  }

  /** That peer is of no use, until it is told to be back. */
  leave(peer: NodeId, reason: LeftOutReason): void {
    const progress = this.#peers.get(peer)
    if (progress === undefined || !progress.isHopeful) return
    progress.state = reason
    this.#effects.push({ type: 'leave-out', peer, reason })
    for (const batch of progress.abandon()) this.#release(batch)
  }

  /** A peer that was gone is there again. */
  back(peer: NodeId): void {
    const progress = this.#peers.get(peer)
    if (progress?.state === 'gone') progress.state = 'new'
  }

  /** Returns the chunks that nobody had given before: they are wanted no more. */
  answered(answer: BatchAnswer, now: Millis): readonly ChunkKey[] {
    const progress = this.#peers.get(answer.peer)
    const batch = progress?.batches.get(answer.batch)
    if (progress === undefined || batch === undefined) return []
    progress.finish(batch, answer.bytes, now)
    const first = answer.given.filter((key) => this.#settle(key))
    this.#countLacks(progress, answer)
    this.#release(batch, answer.lacking)
    if (first.length > 0) {
      progress.hedgesLost = 0
      this.#countLostHedge(batch.hedges)
    }
    return first
  }

  /** Asks whoever has room; call it after anything else. */
  advance(now: Millis): readonly FetchEffect[] {
    for (const progress of this.#peers.values()) {
      if (progress.state !== 'new' || this.#chunks.size === 0 || !this.#holders.has(progress.id)) continue
      progress.state = 'opening'
      this.#effects.push({ type: 'open', peer: progress.id })
    }
    this.#hedge(now)
    // Each round gives each peer one batch at most, so that none is idle while another has many.
    while (!this.#waiting.isEmpty && this.#askEach(now));
    this.#giveUp()
    return this.#effects.splice(0)
  }

  /** When `advance` has something to do although nothing has happened. */
  deadline(): Millis {
    let first = Infinity
    for (const { batches } of this.#peers.values()) {
      for (const { hedgeAt } of batches.values()) first = Math.min(first, hedgeAt)
    }
    return first as Millis
  }

  #askEach(now: Millis): boolean {
    const able = this.#able()
    let asked = false
    for (const progress of able) {
      if (this.#bytesInFlight >= this.#settings.sourceBytesInFlightMax) break
      const share = Math.ceil(this.#waiting.bytes / able.length)
      const bytes = Math.max(1, Math.min(progress.batchBytes, share))
      const isTooSlow = this.#isTooSlow(progress, bytes)
      if (isTooSlow && this.#rare.size === 0) continue
      const room = { bytes, chunks: this.#settings.batchChunksMax }
      // What the fast ones may lack is asked of a slow one as well.
      const mayTake = ({ lackedBy }: PlannedChunk): boolean =>
        !lackedBy.has(progress.id) && (!isTooSlow || lackedBy.size > 0)
      const chunks = this.#waiting.take(room, mayTake)
      if (chunks.length === 0) continue
      this.#ask(progress, chunks, undefined, now)
      asked = true
    }
    return asked
  }

  /** Those that may be asked now, the fastest first; those of unknown speed before all others, to get to know it. */
  #able(): PeerProgress[] {
    const able = [...this.#peers.values()].filter(({ id, hasRoom }) => hasRoom && this.#holders.has(id))
    return able.toSorted((a, b) => a.expectedMs(1) - b.expectedMs(1))
  }

  /** Whether waiting for the fastest, although it has much to do, is better than asking this one. */
  #isTooSlow(progress: PeerProgress, bytes: number): boolean {
    const { hedgeFactor, hedgeMsMin } = this.#settings
    const expectedMs = progress.expectedMs(bytes)
    if (expectedMs <= hedgeMsMin) return false
    for (const other of this.#peers.values()) {
      if (other.state !== 'ready' || other.rateBytesPerMs === undefined || !this.#holders.has(other.id)) continue
      if (expectedMs > hedgeFactor * other.expectedMs(bytes)) return true
    }
    return false
  }

  #ask(progress: PeerProgress, chunks: readonly PlannedChunk[], hedges: Batch | undefined, now: Millis): void {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
    const number = this.#nextBatch++ as BatchNumber
    const hedgeAt = hedges === undefined ? after(now, this.#patienceMs(progress, bytes)) : Infinity
    const batch: Batch = { number, peer: progress.id, chunks, bytes, askedAt: now, hedgeAt, hedges }
    progress.begin(batch)
    this.#bytesInFlight += bytes
    for (const chunk of chunks) {
      chunk.state = 'asked'
      chunk.askedOf.add(progress.id)
    }
    this.#effects.push({ type: 'ask', peer: progress.id, batch: number, wanted: chunks.map(({ wanted }) => wanted) })
  }

  /** How long a batch may take before another peer is asked too: judged by the speed of the fastest. */
  #patienceMs(progress: PeerProgress, bytes: number): number {
    const { hedgeFactor, hedgeMsMin } = this.#settings
    let rate = 0
    for (const { rateBytesPerMs = 0 } of this.#peers.values()) rate = Math.max(rate, rateBytesPerMs)
    if (rate === 0) return hedgeFactor * hedgeMsMin
    return Math.max(hedgeMsMin, (hedgeFactor * (progress.bytesInFlight + bytes)) / rate)
  }

  #hedge(now: Millis): void {
    const overdue = [...this.#peers.values()]
      .flatMap(({ batches }) => [...batches.values()])
      .filter(({ hedgeAt }) => hedgeAt <= now)
    for (const batch of overdue) {
      const chunks = batch.chunks.filter(({ state, askedOf }) => state === 'asked' && askedOf.size === 1)
      const other = this.#able().find(
        ({ id }) => id !== batch.peer && chunks.every(({ lackedBy }) => !lackedBy.has(id)),
      )
      const isHopeless = chunks.length === 0
      batch.hedgeAt = isHopeless || other !== undefined ? Infinity : after(now, this.#settings.hedgeMsMin)
      if (!isHopeless && other !== undefined) this.#ask(other, chunks, batch, now)
    }
  }

  /** Of a batch that is under way no more: what is still wanted, and asked of nobody else, waits again. */
  #release(batch: Batch, lacking: readonly ChunkKey[] = []): void {
    this.#bytesInFlight -= batch.bytes
    const lacked = new Set(lacking)
    const again: PlannedChunk[] = []
    for (const chunk of batch.chunks) {
      chunk.askedOf.delete(batch.peer)
      if (lacked.has(chunk.key) && chunk.state !== 'done') {
        chunk.lackedBy.add(batch.peer)
        this.#rare.add(chunk)
      }
      if (chunk.state !== 'asked' || chunk.askedOf.size > 0) continue
      chunk.state = 'waiting'
      again.push(chunk)
    }
    this.#waiting.putBack(again)
  }

  /** Returns whether it was wanted. */
  #settle(key: ChunkKey): boolean {
    const chunk = this.#chunks.get(key)
    if (chunk === undefined) return false
    this.#chunks.delete(key)
    this.#rare.delete(chunk)
    if (chunk.state === 'waiting') this.#waiting.remove(chunk)
    chunk.state = 'done'
    return true
  }

  #countLacks(progress: PeerProgress, answer: BatchAnswer): void {
    progress.lacksInRow = answer.given.length > 0 ? 0 : progress.lacksInRow + answer.lacking.length
    if (progress.lacksInRow >= this.#settings.lacksMax) this.leave(progress.id, 'lacking')
  }

  /** Another was asked for that batch, and was faster. */
  #countLostHedge(batch: Batch | undefined): void {
    if (batch === undefined) return
    const slower = this.#peers.get(batch.peer)
    if (slower === undefined || !slower.batches.has(batch.number)) return
    slower.hedgesLost++
    if (slower.hedgesLost >= this.#settings.hedgesLostMax) this.leave(slower.id, 'slow')
  }

  /** Chunks that wait for nobody are told to be unavailable. */
  #giveUp(): void {
    if (this.#waiting.isEmpty) return
    const holders = [...this.#peers.values()].filter(({ id }) => this.#holders.has(id))
    const hopeful = holders.filter(({ isHopeful }) => isHopeful)
    const candidates = hopeful.length === 0 ? this.#waiting : this.#rare
    const keys = [...candidates]
      .filter(({ state, lackedBy }) => state === 'waiting' && hopeful.every(({ id }) => lackedBy.has(id)))
      .map(({ key }) => key)
    if (keys.length === 0 || this.#callBackSlow(holders)) return
    this.forget(keys)
    this.#effects.push({ type: 'unavailable', keys })
  }

  /** Better a slow peer than none: each gets one more chance. */
  #callBackSlow(holders: readonly PeerProgress[]): boolean {
    const slow = holders.filter(({ state, hasSecondChance }) => state === 'slow' && hasSecondChance)
    for (const progress of slow) {
      progress.hasSecondChance = false
      progress.hedgesLost = 0
      progress.state = 'opening'
      this.#effects.push({ type: 'open', peer: progress.id })
    }
    return slow.length > 0
  }
}
