import type { Logger } from '@flotilla/core/observe'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { Monitor } from '../contract.ts'
import { summaryOf } from './summary.ts'
import { SummaryFeed, type SummaryMessage } from './summary-feed.ts'
import { alertsForWire } from './wire/fitted.ts'

export interface TellingParts {
  readonly monitor: Monitor
  readonly clock: Clock
  readonly logger: Logger
  readonly life: string
  readonly limits: { readonly summaryEveryMs: number; readonly lookMs: number }
  /** To all who are connected. */
  readonly tell: (message: SummaryMessage) => void
}

/** How often is looked whether there is something to tell yet. */
const firstLookMs = 250

/** Tells how this node is: now and then, and with every sample as long as somebody looks. */
export class SummaryTelling implements AsyncDisposable {
  readonly #parts: TellingParts
  readonly #feed: SummaryFeed
  readonly #stopping = new AbortController()
  #timer: Disposable | undefined
  #lookedAtUntil: Millis
  #following: Promise<void> | undefined

  constructor(parts: TellingParts) {
    this.#parts = parts
    this.#feed = new SummaryFeed(parts.life)
    this.#lookedAtUntil = parts.clock.now()
    this.#wait()
  }

  /** What was told last, whole. */
  whole(): SummaryMessage | undefined {
    return this.#feed.whole()
  }

  /** Somebody looks, from now on for a while. */
  look(): void {
    const { clock, limits } = this.#parts
    this.#lookedAtUntil = after(clock.now(), limits.lookMs)
    if (this.#following !== undefined || this.#stopping.signal.aborted) return
    this.#following = this.#follow().finally(() => (this.#following = undefined))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#following
  }

  /** Takes part in the sampling, so that it is quick. */
  async #follow(): Promise<void> {
    const { monitor, clock, logger } = this.#parts
    const { signal } = this.#stopping
    try {
      for await (const _sample of monitor.watch({ signal })) {
        this.#tell()
        if (clock.now() >= this.#lookedAtUntil) return
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'samples cannot be followed: summaries come more seldom')
    }
  }

  #wait(): void {
    const { clock, limits } = this.#parts
    // Whoever has just started is waited for with impatience.
    const waitMs =
      this.#feed.whole() === undefined ? Math.min(firstLookMs, limits.summaryEveryMs) : limits.summaryEveryMs
    this.#timer = clock.wakeAt(after(clock.now(), waitMs), () => {
      // Whoever follows tells with each sample.
      if (this.#following === undefined) this.#tell()
      this.#wait()
    })
  }

  #tell(): void {
    const { monitor, tell } = this.#parts
    const { latest } = monitor
    if (latest === undefined) return
    const alerts = alertsForWire(monitor.alerts().filter(({ state }) => state === 'raised'))
    tell(this.#feed.next({ wallMs: latest.wallMs, figures: summaryOf(latest), alerts }))
  }
}
