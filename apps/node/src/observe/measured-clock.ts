import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Clock } from '@flotilla/core/time'

/** Seconds by which timers were called too late. */
export interface Lateness {
  readonly medianSeconds: number
  readonly p99Seconds: number
  readonly maxSeconds: number
}

const nanosecondsPerMs = 1e6

/**
 * A clock that notes how late its timers come: that is how long the event loop was busy with something else. Node's own
 * `monitorEventLoopDelay` wakes an idle process 50 times a second for the same answer, half of all that woke it.
 */
export class MeasuredClock {
  readonly clock: Clock
  readonly #histogram: RecordableHistogram = createHistogram()

  constructor(inner: Clock) {
    this.clock = {
      now: () => inner.now(),
      wallNow: () => inner.wallNow(),
      wakeAt: (at, wake) => {
        const setAt = inner.now()
        return inner.wakeAt(at, () => {
          // What was due before it was set says nothing of the loop.
          const lateMs = inner.now() - Math.max(at, setAt)
          this.#histogram.record(Math.max(1, Math.round(lateMs * nanosecondsPerMs)))
          wake()
        })
      },
    }
  }

  /** Since the start. */
  lateness(): Lateness {
    const { count, max } = this.#histogram
    if (count === 0) return { medianSeconds: 0, p99Seconds: 0, maxSeconds: 0 }
    return { medianSeconds: this.#seconds(50), p99Seconds: this.#seconds(99), maxSeconds: max / 1e9 }
  }

  #seconds(percentile: number): number {
    return this.#histogram.percentile(percentile) / 1e9
  }
}
