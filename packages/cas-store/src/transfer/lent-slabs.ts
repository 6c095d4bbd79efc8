import type { Slab } from './slab-pool.ts'

interface Lent {
  readonly slab: Slab
  /** How many views of it are in use. It stays here until there is none, and none more can come. */
  views: number
  isSettled: boolean
}

/** Chunks that were given away, as views of the memory in which they came: it is used again when all have come back. */
export class LentSlabs {
  readonly #lent = new WeakMap<ArrayBufferLike, Lent>()

  /** A view of the slab is given away, to so many. One that lies elsewhere is nobody's business. */
  lend(slab: Slab, view: Uint8Array, count: number): void {
    if (view.buffer !== slab.bytes.buffer || count === 0) return
    const lent = this.#lent.get(view.buffer)
    if (lent === undefined) this.#lent.set(view.buffer, { slab, views: count, isSettled: false })
    else lent.views += count
  }

  /** Nothing more of the slab is given away. */
  settle(slab: Slab): void {
    const lent = this.#lent.get(slab.bytes.buffer)
    if (lent === undefined) return slab.release()
    lent.isSettled = true
    this.#releaseIfUnused(lent)
  }

  /** Each as often as it was given. What is not from here is left alone. */
  letGo(views: readonly Uint8Array[]): void {
    for (const { buffer } of views) {
      const lent = this.#lent.get(buffer)
      if (lent === undefined) continue
      lent.views--
      this.#releaseIfUnused(lent)
    }
  }

  #releaseIfUnused(lent: Lent): void {
    if (!lent.isSettled || lent.views > 0) return
    this.#lent.delete(lent.slab.bytes.buffer)
    lent.slab.release()
  }
}
