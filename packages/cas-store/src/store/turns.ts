/** Lets work on the same key happen one after the other, in the order of the calls. */
export class Turns {
  /** For each key in use, the end of the last turn that was given out; it never rejects. */
  readonly #last = new Map<string, Promise<void>>()

  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const earlier = this.#last.get(key)
    const turn = Promise.withResolvers<void>()
    this.#last.set(key, turn.promise)
    try {
      if (earlier !== undefined) await earlier
      return await work()
    } finally {
      turn.resolve()
      if (this.#last.get(key) === turn.promise) this.#last.delete(key)
    }
  }
}
