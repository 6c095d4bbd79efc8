import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'

export interface SourceRatesSettings {
  readonly perSecondMax: number
  /** The largest burst of a source that was quiet. */
  readonly burstMax: number
  /** Sources that are remembered; the one unused for longest is forgotten, and so starts with a full burst again. */
  readonly sourcesMax: number
}

/** How much each source may send. Who makes up sources gets a burst for each: it keeps out noise, not a liar. */
export class SourceRates {
  readonly #settings: SourceRatesSettings
  readonly #buckets: Lru<string, TokenBucket>

  constructor(settings: SourceRatesSettings) {
    this.#settings = settings
    this.#buckets = new Lru({ entriesMax: settings.sourcesMax })
  }

  get size(): number {
    return this.#buckets.size
  }

  take(source: string, now: Millis): boolean {
    const known = this.#buckets.get(source)
    if (known !== undefined) return known.take(now)
    const { burstMax, perSecondMax } = this.#settings
    const bucket = new TokenBucket({ capacity: burstMax, refillTokens: perSecondMax }, now)
    this.#buckets.set(source, bucket)
    return bucket.take(now)
  }
}
