import type { Clock } from '@flotilla/core/time'

/** Since when something has been so, without a break, as this life of the node has seen it. */
export class Absence<Key> {
  readonly #clock: Clock
  readonly #keysMax: number
  readonly #since = new Map<Key, number>()
  /** Those that were found to be so in the look under way. */
  #seen = new Set<Key>()

  constructor(clock: Clock, keysMax: number) {
    this.#clock = clock
    this.#keysMax = keysMax
  }

  /** Whether anything is so, and has to be looked at again. */
  get isWaiting(): boolean {
    return this.#since.size > 0
  }

  /** It is so now; whether it has been for that long. One too many is not remembered, and so never for long. */
  hasLasted(key: Key, durationMs: number): boolean {
    const now = this.#clock.now()
    this.#seen.add(key)
    const since = this.#since.get(key)
    if (since !== undefined) return now - since >= durationMs
    if (this.#since.size < this.#keysMax) this.#since.set(key, now)
    return false
  }

  /** It is not so, or not any more. */
  end(key: Key): void {
    this.#since.delete(key)
  }

  /** All was looked at: what was not found to be so is so no more. */
  endUnseen(): void {
    for (const key of this.#since.keys()) if (!this.#seen.has(key)) this.#since.delete(key)
    this.#seen = new Set()
  }
}
