import type { Millis } from '@flotilla/core/time'

/** How much a new measurement counts, as in RFC 6298. */
const weight = 1 / 8

/** Measures round trips by one ping at a time; an answer to another ping says nothing. */
export class RoundTrip {
  #number = 0
  #sentAt: Millis | undefined
  #smoothedMs: number | undefined

  get smoothedMs(): number | undefined {
    return this.#smoothedMs
  }

  /** The number of the next ping. */
  sent(now: Millis): number {
    this.#number = (this.#number + 1) >>> 0
    this.#sentAt = now
    return this.#number
  }

  answered(now: Millis, number: number): void {
    if (number !== this.#number || this.#sentAt === undefined) return
    const measuredMs = now - this.#sentAt
    this.#sentAt = undefined
    const known = this.#smoothedMs ?? measuredMs
    this.#smoothedMs = known + (measuredMs - known) * weight
  }
}
