import { FlotillaError } from '@flotilla/core/errors'
import type { Catalogue, CatalogueChange } from '../catalogue/contract.ts'
import type { GrowingPack, PackWriter } from '../packs/index.ts'
import type { Workshop } from '../sealing/contract.ts'
import { blobError } from '../store/errors.ts'
import type { AddedChunk, AddOptions } from '../tree/contract.ts'
import type { ChunkId, ChunkKind } from '../types.ts'
import { endOf, type ChunksUnderWay, type ChunkUnderWay } from './chunks-under-way.ts'
import type { FinishedRecords, VaultSession } from './contract.ts'
import type { FinishedIntake } from './finished-intake.ts'
import type { Intake } from './intake.ts'
import type { PackedBatch } from './packed-batch.ts'

export interface SessionOptions {
  readonly workshop: Workshop
  readonly catalogue: Catalogue
  readonly writer: PackWriter
  readonly underWay: ChunksUnderWay
  readonly intake: Intake
  readonly finished: FinishedIntake
  readonly rowsPendingMax: number
  /** Called once, when nothing of the session is under way any more. */
  readonly ended: () => void
}

/** One writer. Once a commit of it has failed it takes nothing more, and says why: what it holds may be lost. */
export class Session implements VaultSession {
  readonly #options: SessionOptions
  /** What the next commit names. */
  #pending: ChunkUnderWay[] = []
  /** Those, and the ones that a commit under way names. */
  readonly #held = new Map<ChunkId, ChunkUnderWay>()
  readonly #running = new Set<Promise<unknown>>()
  /** A commit of rows in between that is under way; it never rejects. */
  #flushing: Promise<void> | undefined
  /**
   * All that was added last was new, so what comes next is sealed before it is known to be: one trip to the threads
   * less, and the bytes are still in the cache. It is for nothing when it is known after all.
   */
  #expectsNew = false
  #failure: { readonly error: unknown } | undefined
  #ending: Promise<void> | undefined
  /** Resolves when it has ended. */
  readonly over: Promise<void>
  #isOver: () => void = () => {}

  constructor(options: SessionOptions) {
    this.#options = options
    this.over = new Promise((resolve) => (this.#isOver = resolve))
  }

  add(kind: ChunkKind, chunks: readonly Uint8Array[], options: AddOptions = {}): Promise<readonly AddedChunk[]> {
    return this.#run(async () => {
      const packed = this.#expectsNew ? await this.#packed(kind, chunks) : undefined
      const ids = packed?.ids ?? (await this.#options.workshop.identify(kind, chunks))
      const added = await this.#store(kind, ids, chunks, options, packed)
      this.#expectsNew = added.every(({ isKnown }) => !isKnown)
      return added
    })
  }

  take(kind: ChunkKind, chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[]): Promise<void> {
    return this.#run(async () => {
      const contents = chunks.map(({ bytes }) => bytes)
      using packed = await this.#packed(kind, contents) // It was asked for, so it was missing.
      const { ids } = packed
      const wrong = chunks.find(({ id }, index) => id !== ids[index])
      if (wrong !== undefined) {
        throw new FlotillaError('wrong-chunk', `what was sent as the chunk ${wrong.id} is something else`, {
          hint: 'get it from somebody else',
        })
      }
      await this.#store(kind, ids, contents, {}, packed)
    })
  }

  addFinished(
    records: FinishedRecords,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Uint8Array> {
    return this.#run(async () => {
      const isKnown = await this.#options.finished.store(records, (chunk) => this.#hold(chunk), options.signal)
      await this.#flushIfMany()
      return isKnown
    })
  }

  missing(ids: readonly ChunkId[]): Promise<readonly ChunkId[]> {
    return this.#run(async () => {
      const places = await this.#options.catalogue.touch(ids)
      return ids.filter((id, index) => places[index] === undefined && !this.#held.has(id))
    })
  }

  async commit(changes: readonly CatalogueChange[]): Promise<void> {
    this.#check()
    // What is being added meanwhile belongs to it; whoever adds hears of failures, and so does the commit.
    await Promise.allSettled(this.#running)
    await this.#flushing
    this.#check()
    await this.#run(() => this.#commit(changes))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#flushing
    this.#letGo(this.#pending)
    this.#pending = []
    this.#options.ended()
    this.#isOver()
  }

  #packed(kind: ChunkKind, chunks: readonly Uint8Array[]): Promise<PackedBatch> {
    return this.#options.intake.pack(chunks.map((bytes) => ({ kind, bytes })))
  }

  async #store(
    kind: ChunkKind,
    ids: readonly ChunkId[],
    bytes: readonly Uint8Array[],
    { signal, release }: AddOptions,
    packed: PackedBatch | undefined,
  ): Promise<readonly AddedChunk[]> {
    const chunks = ids.map((id, index) => ({ id, kind, bytes: bytes[index] ?? new Uint8Array() }))
    const hold = (chunk: ChunkUnderWay): void => this.#hold(chunk)
    const added = await this.#options.intake.store(chunks, hold, { signal, packed })
    release?.()
    await this.#flushIfMany()
    return added
  }

  #hold(chunk: ChunkUnderWay): void {
    if (chunk.stored === undefined || this.#held.get(chunk.id) === chunk) return
    this.#held.set(chunk.id, chunk)
    this.#pending.push(chunk)
    chunk.holders++
    this.#options.writer.hold(chunk.stored.pack)
  }

  /** Long sessions let the catalogue know in between, so that what they remember stays small. */
  async #flushIfMany(): Promise<void> {
    if (this.#pending.length < this.#options.rowsPendingMax) return
    await this.#flushing
    this.#check()
    if (this.#flushing !== undefined || this.#pending.length < this.#options.rowsPendingMax) return
    const flushing = this.#commit([]).catch(() => {}) // Kept as the session's failure.
    this.#flushing = flushing.then(() => (this.#flushing = undefined))
  }

  /** The bytes first, then the rows that say where they are, together with what stands upon them. */
  async #commit(changes: readonly CatalogueChange[]): Promise<void> {
    const chunks = this.#pending
    this.#pending = []
    try {
      await durable(chunks)
      const rows = chunks.flatMap(({ stored }) => (stored === undefined ? [] : [stored.row]))
      const adding: CatalogueChange[] = rows.length === 0 ? [] : [{ type: 'add-chunks', chunks: rows }]
      if (adding.length + changes.length > 0) await this.#options.catalogue.commit([...adding, ...changes])
    } catch (error) {
      this.#failure ??= { error }
      throw error
    } finally {
      this.#letGo(chunks)
    }
  }

  #letGo(chunks: readonly ChunkUnderWay[]): void {
    const { underWay, writer } = this.#options
    for (const chunk of chunks) {
      if (this.#held.get(chunk.id) === chunk) this.#held.delete(chunk.id)
      chunk.holders--
      if (chunk.holders === 0) underWay.end(chunk)
      if (chunk.stored !== undefined) writer.release(chunk.stored.pack)
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#ending !== undefined) throw blobError('closed', 'this session has ended', { hint: 'begin another one' })
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#check()
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}

/** Each pack is waited for once, as far as the last of these chunks in it reaches. */
async function durable(chunks: readonly ChunkUnderWay[]): Promise<void> {
  const ends = new Map<GrowingPack, number>()
  for (const { stored } of chunks) {
    if (stored !== undefined) ends.set(stored.pack, Math.max(ends.get(stored.pack) ?? 0, endOf(stored.row)))
  }
  const waits = await Promise.allSettled([...ends].map(([pack, end]) => pack.durable(end)))
  for (const wait of waits) if (wait.status === 'rejected') throw wait.reason
}
