/**
 * How much a member distrusts itself (Lifeguard's local health): it rises when probes fail although others who were
 * asked did not even say that they failed too, when we were suspected ourselves, or slept; it falls with each probe
 * that succeeds. Timeouts are stretched by it, so that who is slow accuses nobody of being slow.
 */
export class Awareness {
  readonly #most: number
  /** `0 <= score < most`. */
  #score = 0

  constructor(most: number) {
    this.#most = most
  }

  /** By how much to stretch; 1 when all is well. */
  get multiplier(): number {
    return this.#score + 1
  }

  worsen(by: number = 1): void {
    this.#score = Math.min(this.#most - 1, this.#score + by)
  }

  improve(): void {
    this.#score = Math.max(0, this.#score - 1)
  }
}
