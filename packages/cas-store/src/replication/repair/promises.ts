import type { Clock, Millis } from '@flotilla/core/time'
import type { BlobId } from '../../types.ts'

/**
 * Words that this node has given to others: that it keeps its copy of a blob for a while, so that they may give up
 * theirs. Who is about to give up its own copy promises nothing, so of two that ask each other at the same time none
 * drops. A node that has just begun drops nothing for as long as a promise of its last life might hold.
 */
export class Promises {
  readonly #clock: Clock
  readonly #promiseMs: number
  readonly #promisesMax: number
  readonly #begunAt: Millis
  readonly #until = new Map<BlobId, number>()
  readonly #dropping = new Set<BlobId>()

  constructor(clock: Clock, limits: { readonly promiseMs: number; readonly promisesMax: number }) {
    this.#clock = clock
    this.#promiseMs = limits.promiseMs
    this.#promisesMax = limits.promisesMax
    this.#begunAt = clock.now()
  }

  /** Whether it may be promised; if so, it is. */
  give(id: BlobId): boolean {
    if (this.#dropping.has(id)) return false
    this.#forgetOld()
    if (this.#until.size >= this.#promisesMax && !this.#until.has(id)) return false
    this.#until.delete(id)
    this.#until.set(id, this.#clock.now() + this.#promiseMs)
    return true
  }

  /** Whether nobody relies on the copy here. */
  mayDrop(id: BlobId): boolean {
    const now = this.#clock.now()
    return now - this.#begunAt >= this.#promiseMs && (this.#until.get(id) ?? 0) <= now
  }

  /** Promises nothing about it until that is disposed of. */
  dropping(id: BlobId): Disposable {
    this.#dropping.add(id)
    return { [Symbol.dispose]: () => void this.#dropping.delete(id) }
  }

  /** They lie in the order in which they end. */
  #forgetOld(): void {
    const now = this.#clock.now()
    for (const [id, until] of this.#until) {
      if (until > now) return
      this.#until.delete(id)
    }
  }
}
