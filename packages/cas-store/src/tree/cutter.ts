import { assert } from '@flotilla/core/errors'
import { copyBytes } from '@flotilla/core/memory'
import type { Chunker } from '../chunking/contract.ts'
import type { Slabs } from './slabs.ts'

/** Chunks that lie one behind the other in one slab, which holds nothing else that anybody needs. */
export interface Batch {
  readonly slab: Uint8Array
  readonly chunks: readonly Uint8Array[]
}

/** It looks for ends when so much has come: a call for each of many small pieces would cost more than the search. */
const searchBytesMin = 64 * 2 ** 10

/** Copies content into slabs, once, and cuts it there. */
export class Cutter {
  readonly #chunker: Chunker
  readonly #slabs: Slabs
  #slab: Uint8Array
  /** `0 <= begun <= searched <= filled`: where the chunk under way begins in the slab. */
  #begun = 0
  #searched = 0
  #filled = 0
  #chunks: Uint8Array[] = []

  constructor(chunker: Chunker, slabs: Slabs) {
    this.#chunker = chunker
    this.#slabs = slabs
    this.#slab = slabs.take()
  }

  /** How much more it takes before `next` must be called. */
  get room(): number {
    return this.#slab.length - this.#filled
  }

  /** Takes what there is room for, from `offset` on; where in `piece` it ended. */
  take(piece: Uint8Array, offset: number): number {
    const count = Math.min(piece.length - offset, this.room)
    const isWhole = offset === 0 && count === piece.length
    copyBytes(isWhole ? piece : piece.subarray(offset, offset + count), this.#slab, this.#filled)
    this.taken(count)
    return offset + count
  }

  /** Where the next bytes belong, for who writes them there himself and then says so with `taken`. */
  spare(): Uint8Array {
    return this.#slab.subarray(this.#filled)
  }

  taken(count: number): void {
    this.#filled += count
    if (this.room === 0 || this.#filled - this.#searched >= searchBytesMin) this.#search()
  }

  /**
   * Empties a slab that is full; undefined if no chunk of it is complete, and then there is room for more of that
   * chunk.
   */
  next(): Batch | undefined {
    const slab = this.#slab
    const chunks = this.#chunks
    const rest = slab.subarray(this.#begun, this.#filled)
    this.#slab = this.#slabs.take()
    assert(rest.length < this.#slab.length, 'a chunk under way fits into a slab')
    copyBytes(rest, this.#slab, 0)
    this.#begun = 0
    this.#searched = rest.length
    this.#filled = rest.length
    this.#chunks = []
    if (chunks.length > 0) return { slab, chunks }
    this.#slabs.giveBack(slab) // All of it is in the next one.
    return undefined
  }

  /** What is left, at the end of the content; nothing may be called behind it. */
  last(): Batch | undefined {
    this.#search()
    if (this.#begun < this.#filled) this.#chunks.push(this.#slab.subarray(this.#begun, this.#filled))
    return this.#chunks.length === 0 ? undefined : { slab: this.#slab, chunks: this.#chunks }
  }

  #search(): void {
    const filled = this.room === 0 ? this.#slab : this.#slab.subarray(0, this.#filled)
    let end = this.#chunker.next(filled, this.#searched)
    while (end !== -1) {
      this.#chunks.push(this.#slab.subarray(this.#begun, end))
      this.#begun = end
      end = end === this.#filled ? -1 : this.#chunker.next(filled, end)
    }
    this.#searched = this.#filled
  }
}
