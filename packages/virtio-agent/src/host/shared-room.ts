/** Room that all machines share; each says how much it has of it. */
export class SharedRoom {
  readonly #bytesMax: number
  #used = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Whether it can be so much from now on; it is, where it becomes less. */
  change(before: number, now: number): boolean {
    if (now > before && this.#used + now - before > this.#bytesMax) return false
    this.#used += now - before
    return true
  }
}
