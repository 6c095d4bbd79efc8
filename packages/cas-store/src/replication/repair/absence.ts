import type { Clock } from '@flotilla/core/time'

/** Since when something has been so, without a break, as this life of the node has seen it. */
export class Absence<Key> {
  readonly #clock: Clock
  readonly #keysMax: number
  readonly #since = new Map<Key, number>()

  constructor(clock: Clock, keysMax: number) {
    this.#clock = clock
    this.#keysMax = keysMax
  }

  /** It is so now; whether it has been for that long. One too many is not remembered, and so never for long. */
  hasLasted(key: Key, durationMs: number): boolean {
    const now = this.#clock.now()
    const since = this.#since.get(key)
    if (since !== undefined) return now - since >= durationMs
    if (this.#since.size < this.#keysMax) this.#since.set(key, now)
    return false
  }

  /** It is not so, or not any more. */
  end(key: Key): void {
    this.#since.delete(key)
  }
}
