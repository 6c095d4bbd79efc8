/** Lets only so many asks be under way at a time; the others wait for their turn, in order. */
export class AskingLane {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  constructor(most: number) {
    this.#most = most
  }

  async run<Value>(ask: () => Promise<Value>): Promise<Value> {
    if (this.#underWay >= this.#most) await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    else this.#underWay++
    try {
      return await ask()
    } finally {
      const next = this.#waiting.shift()
      // Who comes next takes over the place.
      if (next === undefined) this.#underWay--
      else next()
    }
  }
}
