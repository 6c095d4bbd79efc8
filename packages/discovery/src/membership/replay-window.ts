const windowBits = 256

/** Tells each counter's first sight from the others, however they are reordered within a window (as IPsec does). */
export class ReplayWindow {
  #highest = 0
  /** Bit `counter % windowBits`, for the last `windowBits` counters up to the highest. */
  readonly #seen = new Uint32Array(windowBits / 32)

  /** Whether this counter is new. Too old to tell is not new. */
  isNew(counter: number): boolean {
    if (counter <= this.#highest - windowBits || counter < 1) return false
    return counter > this.#highest || !this.#isSet(counter)
  }

  /** From now on it is not new. */
  take(counter: number): void {
    if (counter > this.#highest) this.#advance(counter)
    this.#set(counter)
  }

  #advance(counter: number): void {
    const cleared = Math.min(counter - this.#highest, windowBits)
    for (let offset = 0; offset < cleared; offset++) this.#clear(counter - offset)
    this.#highest = counter
  }

  #isSet(counter: number): boolean {
    const bit = counter % windowBits
    return (((this.#seen[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1
  }

  #set(counter: number): void {
    const bit = counter % windowBits
    this.#seen[bit >> 5] = (this.#seen[bit >> 5] ?? 0) | (1 << (bit & 31))
  }

  #clear(counter: number): void {
    const bit = counter % windowBits
    this.#seen[bit >> 5] = (this.#seen[bit >> 5] ?? 0) & ~(1 << (bit & 31))
  }
}
