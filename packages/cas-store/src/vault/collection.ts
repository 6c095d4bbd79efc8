import { blobError } from '../store/errors.ts'
import type { ChunkId } from '../types.ts'
import type { Collection, CollectionReport, FinishOptions } from './contract.ts'
import type { Reclaiming } from './reclaiming.ts'
import type { VaultParts } from './vault-parts.ts'

export interface VaultCollectionOptions extends VaultParts {
  /** The one that its marks are made in. */
  readonly generation: number
  /** Of the sessions that have run since it was asked for. */
  readonly floor: { readonly lowest: number }
  readonly reclaiming: Reclaiming
  readonly ended: () => void
}

/**
 * Why a sweep takes nothing that anybody needs. The catalogue's transactions are serial (a call is one, a sweep comes
 * in several), so each chunk that a session relies upon falls under one of these:
 * - The session touched it, and it was there. The touch carries the generation of that moment, which is at least that
 *   in which the session began, and the sweep keeps from the lowest of those on. A sweep that came before the touch
 *   had forgotten the chunk by then, so the session was told that it is missing, and stored it.
 * - The session stored it. Before its commit there is no row that could be swept, and its pack is held, so that it is
 *   no orphan. Its commit touches it.
 * - Another session stored it, and this one has named the same place: its own commit adds the row if it is not there,
 *   and touches it if it is; the pack is held for this session too.
 * - The session has ended, and its blob is there: either the marking has seen the blob, and named the chunk in this
 *   generation, or the blob was committed after the marking had passed its place, thus by a session that ran while the
 *   collection did, and whose generation is part of `floor` even though it has ended.
 */
export class VaultCollection implements Collection {
  readonly #options: VaultCollectionOptions
  #isOver = false

  constructor(options: VaultCollectionOptions) {
    this.#options = options
  }

  async mark(ids: readonly ChunkId[]): Promise<readonly ChunkId[]> {
    this.#check()
    const distinct = [...new Set(ids)]
    const isNew = await this.#options.catalogue.mark(distinct)
    return distinct.filter((_id, index) => isNew[index])
  }

  async finish({ signal, onProgress }: FinishOptions): Promise<CollectionReport> {
    this.#check()
    const { catalogue, instruments, reclaiming, generation, floor, limits } = this.#options
    let chunksForgotten = 0
    let bytesForgotten = 0
    for (;;) {
      signal?.throwIfAborted()
      const keepFrom = Math.min(generation, floor.lowest)
      const rows = await catalogue.sweep({ keepFrom, limit: limits.pageRows })
      chunksForgotten += rows.length
      for (const { place } of rows) bytesForgotten += place.length
      instruments.forgotten(rows.length)
      onProgress?.({ chunksForgotten, packBytesDone: 0, packBytesInAll: 0 })
      if (rows.length < limits.pageRows) break
    }
    const { packsRemoved, bytesFreed } = await reclaiming.run({
      signal,
      onProgress: ({ bytesDone, bytesInAll }) =>
        onProgress?.({ chunksForgotten, packBytesDone: bytesDone, packBytesInAll: bytesInAll }),
    })
    await this[Symbol.asyncDispose]()
    return { chunksForgotten, bytesForgotten, packsRemoved, bytesFreed }
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true
      this.#options.ended()
    }
    return Promise.resolve()
  }

  #check(): void {
    if (this.#isOver) throw blobError('closed', 'this collection is over', { hint: 'begin another one' })
  }
}
