/** Lines that wait while file systems are frozen; of more than that the oldest are left out and counted. */
const linesMax = 1_000

/**
 * Where the log is written to may be a disk that is frozen, or a journal that waits for one: a line then would keep us
 * waiting for the thaw that only we can do. So lines wait until they may be written.
 */
export class HeldLines {
  readonly #put: (line: string) => void
  #waiting: string[] = []
  #leftOut = 0
  #isHeld = false

  constructor(put: (line: string) => void) {
    this.#put = put
  }

  write(line: string): void {
    if (!this.#isHeld) {
      this.#put(line)
      return
    }
    this.#waiting.push(line)
    if (this.#waiting.length <= linesMax) return
    this.#waiting.shift()
    this.#leftOut++
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    if (this.#leftOut > 0) this.#put(`${this.#leftOut} lines were left out while file systems were frozen`)
    this.#leftOut = 0
    for (const line of this.#waiting.splice(0)) this.#put(line)
  }
}
