import { assert } from '@flotilla/core/errors'
import type { CommandNumber } from '../replica/replica-contract.ts'

/**
 * The numbers of one session's commands: each is given out once, and the lowest without an answer is known. No number
 * is given out that is `size` or more beyond that, since the replicas tell only so many apart.
 */
export class NumberWindow {
  /** By number modulo size: whether it is settled. True for all that were never given out. */
  readonly #settled: Uint8Array
  #lowest = 1
  /** lowest <= next <= lowest + size */
  #next = 1

  constructor(size: number) {
    this.#settled = new Uint8Array(size).fill(1)
  }

  get full(): boolean {
    return this.#next - this.#lowest >= this.#settled.length
  }

  /** All below are settled. */
  get lowest(): CommandNumber {
    return this.#lowest as CommandNumber
  }

  take(): CommandNumber {
    assert(!this.full, 'a number is taken only where there is room')
    this.#settled[this.#next % this.#settled.length] = 0
    return this.#next++ as CommandNumber
  }

  /** Whatever it was, nobody waits for that answer any more. */
  settle(number: CommandNumber): void {
    const size = this.#settled.length
    this.#settled[number % size] = 1
    while (this.#lowest < this.#next && this.#settled[this.#lowest % size] === 1) this.#lowest++
  }
}
