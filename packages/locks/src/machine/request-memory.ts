import type { LockRequest } from './ids.ts'

/**
 * Which numbers of a session have come already: all up to the highest, save those that it names. Commands overtake each
 * other when they are sent again, so some may be missing for a while; more than `missingMax` of them, and the lowest
 * count as come, so that a number is never taken twice and the memory never grows.
 */
export class RequestMemory {
  readonly #missingMax: number
  #highest: number
  /** Rising, and each below `#highest`. */
  readonly #missing: Set<number>

  constructor(missingMax: number, highest = 0, missing: readonly number[] = []) {
    this.#missingMax = missingMax
    this.#highest = highest
    this.#missing = new Set(missing)
  }

  get highest(): number {
    return this.#highest
  }

  get missing(): readonly number[] {
    return [...this.#missing]
  }

  hasCome(request: LockRequest): boolean {
    return request <= this.#highest && !this.#missing.has(request)
  }

  come(request: LockRequest): void {
    if (request <= this.#highest) {
      this.#missing.delete(request)
      return
    }
    const from = Math.max(this.#highest + 1, request - this.#missingMax)
    for (let number = from; number < request; number++) this.#missing.add(number)
    this.#highest = request
    if (this.#missing.size > this.#missingMax) this.#forgetLowest()
  }

  #forgetLowest(): void {
    for (const number of this.#missing) {
      if (this.#missing.size <= this.#missingMax) return
      this.#missing.delete(number)
    }
  }
}
