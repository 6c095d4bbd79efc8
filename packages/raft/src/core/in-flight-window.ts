import type { Index } from '../types.ts'

/**
 * Messages with entries under way to one follower, oldest first: which index each ends at, and how long it is. Full
 * means that nothing more is sent until something comes back.
 */
export class InFlightWindow {
  readonly #messagesMax: number
  readonly #bytesMax: number
  #ends: number[] = []
  #sizes: number[] = []
  /** Those before it have been answered. */
  #head = 0
  #bytes = 0

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax
    this.#bytesMax = bytesMax
  }

  get count(): number {
    return this.#ends.length - this.#head
  }

  get full(): boolean {
    return this.count >= this.#messagesMax || this.#bytes >= this.#bytesMax
  }

  add(end: Index, bytes: number): void {
    this.#ends.push(end)
    this.#sizes.push(bytes)
    this.#bytes += bytes
  }

  /** The follower has everything up to here. */
  free(match: Index): void {
    while (this.#head < this.#ends.length && (this.#ends[this.#head] as number) <= match) {
      this.#bytes -= this.#sizes[this.#head] as number
      this.#head++
    }
    if (this.#head === this.#ends.length) this.clear()
    // The answered half goes once it is the larger one, so each place is moved once.
    else if (this.#head > 64 && this.#head * 2 > this.#ends.length) {
      this.#ends = this.#ends.slice(this.#head)
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
  }

  clear(): void {
    this.#ends.length = 0
    this.#sizes.length = 0
    this.#head = 0
    this.#bytes = 0
  }
}
