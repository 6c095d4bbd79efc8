import { after, type Millis } from '@flotilla/core/time'
import type { MetricsDetail } from '../contract.ts'
import { collectMsMax, metricsIntervalMsMin } from '../own/index.ts'

/** When metrics are collected: at once when a session begins, then at the interval, and when the host asks. */
export class OwnPushing {
  intervalMs: number
  detail: MetricsDetail
  #nextAt = Infinity as Millis
  #collection = 0
  /** The one under way: a second one is never begun beside it. */
  #collecting: number | undefined
  #beganAt = -Infinity as Millis
  #isWanted = false
  #number = 0

  constructor(intervalMs: number, detail: MetricsDetail) {
    this.intervalMs = intervalMs
    this.detail = detail
  }

  start(now: Millis): void {
    this.#nextAt = this.#earliest(now)
    this.#isWanted = true
    this.#number = 0
  }

  stop(): void {
    this.#nextAt = Infinity as Millis
    this.#isWanted = false
  }

  configure(now: Millis, intervalMs: number, detail: MetricsDetail): void {
    this.intervalMs = intervalMs
    this.detail = detail
    if (this.#isWanted) this.#nextAt = Math.min(this.#nextAt, after(now, intervalMs)) as Millis
  }

  now(now: Millis): void {
    if (this.#isWanted) this.#nextAt = this.#earliest(now)
  }

  deadline(): Millis {
    if (!this.#isWanted || this.#collecting === undefined) return this.#nextAt
    return after(this.#beganAt, collectMsMax)
  }

  /** What to collect now. */
  due(now: Millis): { readonly collection: number; readonly detail: MetricsDetail } | undefined {
    if (!this.#isWanted) return undefined
    if (this.#collecting !== undefined) {
      if (now < after(this.#beganAt, collectMsMax)) return undefined
    } else if (now < this.#nextAt) return undefined
    this.#beganAt = now
    this.#collecting = ++this.#collection
    this.#nextAt = after(now, this.intervalMs)
    return { collection: this.#collecting, detail: this.detail }
  }

  /** A collection is there; undefined if nobody wants it any more. */
  collected(now: Millis, collection: number): { readonly number: number; readonly detail: MetricsDetail } | undefined {
    if (this.#collecting !== collection) return undefined
    this.#collecting = undefined
    // One that took longer than the interval is not followed by another at once.
    if (this.#isWanted && this.#nextAt <= now) this.#nextAt = after(now, metricsIntervalMsMin)
    return this.#isWanted ? { number: ++this.#number, detail: this.detail } : undefined
  }

  /** However often the host asks. */
  #earliest(now: Millis): Millis {
    return Math.max(now, after(this.#beganAt, metricsIntervalMsMin)) as Millis
  }
}
