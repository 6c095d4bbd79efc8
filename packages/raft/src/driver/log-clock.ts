import type { Millis } from '@flotilla/core/time'
import type { LogMillis } from '../types.ts'
import type { SteadyClock } from './steady-clock.ts'

/**
 * What time a leader writes into its log: what the log said when it came to lead, and what has passed here since. Time
 * without a leader does not count (see `LogMillis`).
 */
export class LogClock {
  readonly #steady: SteadyClock
  /** What the log said at `#atMs` of the steady clock. */
  #time = 0 as LogMillis
  #atMs = 0

  constructor(steady: SteadyClock) {
    this.#steady = steady
  }

  /** To be called when this node comes to lead. */
  begin(now: Millis, applied: LogMillis): void {
    this.#time = applied
    this.#atMs = this.#steady.passedMs(now)
  }

  /** `applied` is what the replica says; what an earlier leader left in the log may be ahead of this clock. */
  read(now: Millis, applied: LogMillis): LogMillis {
    const passedMs = this.#steady.passedMs(now)
    const time = Math.max(applied, this.#time + (passedMs - this.#atMs))
    this.#time = time as LogMillis
    this.#atMs = passedMs
    return Math.floor(time) as LogMillis
  }
}
