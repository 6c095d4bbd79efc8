/**
 * The generations upon which sessions rely. A session relies upon whatever it has touched from the generation in which
 * it began on; so a sweep keeps from the lowest of them on, and from the lowest of those that have ended since the
 * collection began too: what such a session has committed may lie behind the place where the marking was by then.
 */
export class Leases {
  /** How many sessions have begun in each generation and run still. */
  readonly #running = new Map<number, number>()
  #watched: Floor | undefined

  get count(): number {
    let count = 0
    for (const sessions of this.#running.values()) count += sessions
    return count
  }

  begin(generation: number): Disposable {
    this.#running.set(generation, (this.#running.get(generation) ?? 0) + 1)
    if (this.#watched !== undefined) this.#watched.lowest = Math.min(this.#watched.lowest, generation)
    let isOver = false
    return {
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        const left = (this.#running.get(generation) ?? 0) - 1
        if (left > 0) this.#running.set(generation, left)
        else this.#running.delete(generation)
      },
    }
  }

  /**
   * From now on: the lowest generation in which any session began that runs now, or begins later; `Infinity` if none.
   */
  watch(): { readonly lowest: number } & Disposable {
    const floor: Floor = { lowest: Math.min(...this.#running.keys()) }
    this.#watched = floor
    return {
      get lowest() {
        return floor.lowest
      },
      [Symbol.dispose]: () => {
        if (this.#watched === floor) this.#watched = undefined
      },
    }
  }
}

interface Floor {
  lowest: number
}
