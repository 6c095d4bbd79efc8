import type { Millis } from '@flotilla/core/time'
import { driverLimits } from '../limits.ts'

/**
 * The time during which this process was running, as far as anybody can tell: it goes on with the clock, but by no more
 * than `clockStepMsMax` at once. So a process that stood still for a minute does not find that a minute has passed in
 * the logs that it leads, which would expire everybody before anybody could say anything. Somebody has to look at it
 * more often than that while the process runs: the beat does.
 */
export class SteadyClock {
  #seen: Millis
  #passedMs = 0

  constructor(now: Millis) {
    this.#seen = now
  }

  /** Milliseconds since the start. */
  passedMs(now: Millis): number {
    this.#passedMs += Math.min(Math.max(0, now - this.#seen), driverLimits.clockStepMsMax)
    this.#seen = now
    return this.#passedMs
  }
}
