/** Lets operations that share a path happen one after the other, in the order of the calls. */
export class PathTurns {
  /** For each path in use, the end of the last turn that was given out; settled turns are taken out. */
  readonly #last = new Map<string, Promise<void>>()

  async take<Result>(paths: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const earlier = paths.map((path) => this.#last.get(path) ?? Promise.resolve())
    const turn = Promise.withResolvers<void>()
    for (const path of paths) this.#last.set(path, turn.promise)
    try {
      await Promise.all(earlier)
      return await work()
    } finally {
      turn.resolve()
      for (const path of paths) if (this.#last.get(path) === turn.promise) this.#last.delete(path)
    }
  }

  /** Resolves when every turn that was given out so far is over. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}
