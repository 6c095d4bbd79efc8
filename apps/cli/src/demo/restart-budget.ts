/** How often, and how soon, a node that ends is started again. */
export interface RestartLimits {
  readonly restartsMax: number
  /** Restarts before that are forgotten. */
  readonly restartsWithinMs: number
  readonly firstDelayMs: number
  readonly delayMsMax: number
}

/** Whether a node that ended is to be started again: soon at first, later each time, and at last not at all. */
export class RestartBudget {
  readonly #limits: RestartLimits
  /** When it ended, the oldest first; at most `restartsMax`. */
  #endedAtMs: readonly number[] = []

  constructor(limits: RestartLimits) {
    this.#limits = limits
  }

  /** After how many milliseconds to start it; undefined where that has been done often enough. */
  ended(nowMs: number): number | undefined {
    const { restartsMax, restartsWithinMs, firstDelayMs, delayMsMax } = this.#limits
    this.#endedAtMs = this.#endedAtMs.filter((endedAtMs) => nowMs - endedAtMs < restartsWithinMs)
    const before = this.#endedAtMs.length
    if (before >= restartsMax) return undefined
    this.#endedAtMs = [...this.#endedAtMs, nowMs]
    return Math.min(firstDelayMs * 2 ** before, delayMsMax)
  }
}
