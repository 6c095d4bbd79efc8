/** What the time is, for those who show how long ago something was: one timer for all of them, none for nobody. */
export class PageClock {
  readonly #watchers = new Set<() => void>()
  readonly #everyMs: number
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  nowMs(): number {
    return Date.now()
  }

  watch(onTick: () => void): () => void {
    this.#watchers.add(onTick)
    this.#timer ??= setInterval(() => this.#tick(), this.#everyMs)
    return () => {
      this.#watchers.delete(onTick)
      if (this.#watchers.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #tick(): void {
    for (const tell of this.#watchers) tell()
  }
}
