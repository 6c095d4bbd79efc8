import { idsRememberedMax } from './limits.ts'

/** Tells an order's id from one that was there before. What is far behind the newest counts as seen. */
export class OrderWindow {
  readonly #seen = new Set<number>()
  #newest = 0

  /** Whether it is new; from then on it is not. */
  take(id: number): boolean {
    if (id <= this.#newest - idsRememberedMax || this.#seen.has(id)) return false
    this.#seen.add(id)
    if (id > this.#newest) this.#newest = id
    if (this.#seen.size > idsRememberedMax) {
      for (const seen of this.#seen) if (seen <= this.#newest - idsRememberedMax) this.#seen.delete(seen)
    }
    return true
  }
}
