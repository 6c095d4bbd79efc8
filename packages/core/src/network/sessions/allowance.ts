/** How much of something may be held at once: a count, or bytes. */
export class Allowance {
  readonly #most: number
  /** 0 <= held <= most */
  #held = 0

  constructor(most: number) {
    this.#most = most
  }

  get held(): number {
    return this.#held
  }

  get idle(): boolean {
    return this.#held === 0
  }

  /** Takes room, or returns false and takes nothing. */
  take(amount: number = 1): boolean {
    if (this.#held + amount > this.#most) return false
    this.#held += amount
    return true
  }

  /** Gives back what `take` took. */
  give(amount: number = 1): void {
    this.#held -= amount
  }
}
