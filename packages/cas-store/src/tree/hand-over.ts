import { assert, FlotillaError } from '@flotilla/core/errors'
import type { PutProgress } from '../blobs.ts'
import type { ChunkId } from '../types.ts'
import type { AddedChunk, ChunkSink, WrittenBlob } from './contract.ts'
import type { Batch } from './cutter.ts'
import type { Interruption } from './interruption.ts'
import { treeLimits, type WritingLimits } from './limits.ts'
import { ListLevels } from './list-levels.ts'
import type { Slabs } from './slabs.ts'

export interface HandOverOptions {
  readonly sink: ChunkSink
  readonly limits: WritingLimits
  readonly slabs: Slabs
  readonly interruption: Interruption
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: PutProgress) => void) | undefined
}

interface Handed {
  readonly sizes: readonly number[]
  readonly added: Promise<readonly AddedChunk[]>
}

/**
 * Gives batches to the sink, a few at a time, and builds the tree from what it answers, in the order of the content.
 */
export class HandOver {
  readonly #options: HandOverOptions
  readonly #levels: ListLevels
  /** In the order of the content; at most `batchesInFlightMax`. */
  readonly #handed: Handed[] = []
  /** Every `add` that has not settled. */
  readonly #underWay = new Set<Promise<unknown>>()
  #isEmpty = true
  #bytesRead = 0
  #bytesKnown = 0
  #bytesStored = 0

  constructor(options: HandOverOptions) {
    this.#options = options
    this.#levels = new ListLevels((lists) => this.#addLists(lists), options.limits.listsWaitingMax)
  }

  /** So much was read. */
  count(bytes: number): void {
    this.#bytesRead += bytes
    if (this.#bytesRead <= treeLimits.blobBytesMax) return
    throw new FlotillaError('wrong-request', `a blob can have at most ${treeLimits.blobBytesMax} bytes`)
  }

  /** Resolves when there may be more. */
  async add(batch: Batch): Promise<void> {
    const { interruption, limits } = this.#options
    interruption.throwIfStopped()
    while (this.#handed.length >= limits.batchesInFlightMax) await this.#takeAnswer()
    this.#hand(batch)
  }

  async finish(last: Batch | undefined): Promise<WrittenBlob> {
    if (last !== undefined) await this.add(last)
    else if (this.#isEmpty) await this.add(emptyBatch())
    while (this.#handed.length > 0) await this.#takeAnswer()
    const tree = await this.#levels.finish()
    return { size: this.#bytesRead, ...tree, bytesKnown: this.#bytesKnown, bytesStored: this.#bytesStored }
  }

  /** Resolves when the sink has answered to everything, however. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  #hand({ slab, chunks }: Batch): void {
    const { sink, signal, slabs } = this.#options
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      slabs.giveBack(slab)
    }
    const sizes = chunks.map((chunk) => chunk.length)
    this.#isEmpty = false
    this.#handed.push({ sizes, added: this.#watched(sink.add('data', chunks, { signal, release })) })
  }

  async #takeAnswer(): Promise<void> {
    const { interruption, onProgress } = this.#options
    const handed = this.#handed.shift()
    assert(handed !== undefined, 'a batch is under way')
    const { sizes, added } = handed
    const answer = await interruption.wait(added)
    assert(answer.length === sizes.length, 'a sink gives an id for each chunk')
    await this.#levels.push(answer.map((chunk, index) => this.#entry(chunk, sizes[index] ?? 0)))
    onProgress?.({ bytesRead: this.#bytesRead, bytesKnown: this.#bytesKnown })
  }

  #entry({ id, isKnown, bytesStored }: AddedChunk, size: number): { id: ChunkId; size: number } {
    if (isKnown) this.#bytesKnown += size
    this.#bytesStored += bytesStored
    return { id, size }
  }

  async #addLists(lists: readonly Uint8Array[]): Promise<readonly ChunkId[]> {
    const { sink, signal, interruption } = this.#options
    const answer = await interruption.wait(this.#watched(sink.add('list', lists, { signal })))
    assert(answer.length === lists.length, 'a sink gives an id for each list')
    for (const { bytesStored } of answer) this.#bytesStored += bytesStored
    return answer.map(({ id }) => id)
  }

  /** A failure stops the writer at once, whatever it waits for. */
  #watched<Answer>(added: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(added)
    added.then(
      () => this.#underWay.delete(added),
      (error: unknown) => {
        this.#underWay.delete(added)
        this.#options.interruption.stop(error)
      },
    )
    return added
  }
}

function emptyBatch(): Batch {
  const slab = new Uint8Array(0)
  return { slab, chunks: [slab] }
}
