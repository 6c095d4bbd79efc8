import { assert } from '@flotilla/core/errors'
import type { PackWriter, PlacedRecord } from '../packs/index.ts'
import type { ChunkToPack, PackedChunk, Workshop } from '../sealing/contract.ts'
import type { ChunkId } from '../types.ts'
import type { ByteBudget } from './byte-budget.ts'

export interface PackingParts {
  readonly workshop: Workshop
  readonly writer: PackWriter
  readonly budget: ByteBudget
}

/**
 * Records that are ready to be placed, in memory that is the workshop's. They count against the budget until those
 * that were placed are written, and so must not wait for what others do: they may be waiting for the budget.
 */
export class PackedBatch implements Disposable {
  /** As many as were given, in that order. */
  readonly chunks: readonly PackedChunk[]
  readonly #parts: PackingParts
  readonly #bytes: number
  #isOver = false

  private constructor(parts: PackingParts, chunks: readonly PackedChunk[], bytes: number) {
    this.#parts = parts
    this.chunks = chunks
    this.#bytes = bytes
  }

  /** Waits until there is room for them. */
  static async of(chunks: readonly ChunkToPack[], parts: PackingParts): Promise<PackedBatch> {
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.bytes.length
    await parts.budget.take(bytes)
    try {
      const packed = await parts.workshop.pack(chunks)
      assert(packed.length === chunks.length, 'each chunk is packed')
      return new PackedBatch(parts, packed, bytes)
    } catch (error) {
      parts.budget.give(bytes)
      throw error
    }
  }

  get ids(): readonly ChunkId[] {
    return this.chunks.map(({ id }) => id)
  }

  /** They can be placed still. */
  get isReady(): boolean {
    return !this.#isOver
  }

  /** One record for each. */
  recordsOf(chunks: readonly { readonly id: ChunkId }[]): readonly PackedChunk[] {
    const records = new Map(this.chunks.map((chunk) => [chunk.id, chunk]))
    return chunks.map(({ id }) => {
      const record = records.get(id)
      assert(record !== undefined, 'what is placed was packed')
      return record
    })
  }

  /** Puts these of them into packs. The others are not needed. */
  place(chunks: readonly PackedChunk[]): readonly PlacedRecord[] {
    const placed = this.#parts.writer.append(chunks)
    this.#isOver = true
    written(placed)
      .then(() => this.#parts.workshop.giveBack?.(this.chunks.map(({ record }) => record)))
      // What could not be written is told to those who commit it.
      .catch(() => {})
      .finally(() => this.#parts.budget.give(this.#bytes))
    return placed
  }

  /** What was not placed by now is not needed. */
  [Symbol.dispose](): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.workshop.giveBack?.(this.chunks.map(({ record }) => record))
    this.#parts.budget.give(this.#bytes)
  }
}

/** Some may be in the pack that was under way, and some in the next one. */
async function written(placed: readonly PlacedRecord[]): Promise<void> {
  const ends = new Map(placed.map(({ pack, place }) => [pack, place.position + place.length]))
  const waits = await Promise.allSettled([...ends].map(([pack, end]) => pack.written(end)))
  for (const wait of waits) if (wait.status === 'rejected') throw wait.reason
}
