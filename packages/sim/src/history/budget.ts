import { assert } from '@flotilla/core/errors'

/** How often the caller's `shouldStop` is asked: it may read a clock, which would cost more than the step. */
const stepsBetweenAsking = 1_024

/**
 * Bounds a search by work done, because simulated code has no clock to bound it by. A step is one question to the model
 * or one comparison with a configuration seen before.
 */
export class Budget {
  readonly #stepsMax: number
  readonly #shouldStop: (() => boolean) | undefined
  /** 0 <= spent <= stepsMax */
  #spent = 0
  #stopped = false

  constructor(stepsMax: number, shouldStop?: () => boolean) {
    assert(Number.isSafeInteger(stepsMax) && stepsMax >= 0, `stepsMax is a whole number from 0, not ${stepsMax}`)
    this.#stepsMax = stepsMax
    this.#shouldStop = shouldStop
  }

  get spent(): number {
    return this.#spent
  }

  get left(): number {
    return this.#stopped ? 0 : this.#stepsMax - this.#spent
  }

  /** Takes one step; false, now and ever after, if there is none left or the caller wants to stop. */
  spend(): boolean {
    if (this.#spent % stepsBetweenAsking === 0 && this.#shouldStop?.() === true) this.#stopped = true
    if (this.left === 0) return false
    this.#spent++
    return true
  }
}
