import type { Clock } from '@flotilla/core/time'

/** The uptime comes in hundredths of a second, and the two clocks are not read at one moment. */
const toleranceMs = 1_000

/** When the machine was started, by the calendar: the same from one look to the next, unless somebody set the clock. */
export class BootTime {
  readonly #clock: Clock
  #wallMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** 1970 while nothing is known. */
  get wallMs(): number {
    return this.#wallMs ?? 0
  }

  look(uptimeMs: number | undefined): void {
    if (uptimeMs === undefined) return
    const wallMs = Math.round(this.#clock.wallNow() - uptimeMs)
    if (this.#wallMs === undefined || Math.abs(wallMs - this.#wallMs) > toleranceMs) this.#wallMs = wallMs
  }
}
