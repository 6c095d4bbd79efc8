import { assert } from '../errors/index.ts'
import type { Millis } from '../time/index.ts'
import { wholeSetting } from './setting.ts'

export interface TokenBucketSettings {
  /** How many tokens a rested bucket holds: the largest burst. */
  readonly capacity: number
  /** So many tokens come back in each `refillEveryMs`, evenly. */
  readonly refillTokens: number
  /** 1,000 by default, which makes `refillTokens` a rate per second. */
  readonly refillEveryMs?: number
}

export const tokenBucketLimits = {
  capacityMax: 10_000_000,
  refillTokensMax: 10_000_000,
  refillEveryMsMax: 86_400_000,
} as const

/**
 * A limiter of rates: from its first moment on, it gives at most `capacity` plus what the rate gives in the time since.
 * It starts full.
 *
 * It counts in whole shares of a token (`refillEveryMs` of them make one) and whole milliseconds, so it never drifts.
 * Time that goes back gives nothing, and gives nothing a second time when it comes forward again; a leap forward fills
 * it.
 */
export class TokenBucket {
  readonly #capacity: number
  readonly #sharesPerToken: number
  readonly #sharesPerMs: number
  /** `0 <= shares <= capacity * sharesPerToken`, under 2^53. */
  #shares: number
  /** The latest whole millisecond that was counted; never goes back. */
  #countedMs: number

  constructor(settings: TokenBucketSettings, now: Millis) {
    const { capacityMax, refillTokensMax, refillEveryMsMax } = tokenBucketLimits
    this.#capacity = wholeSetting('token bucket', 'capacity', settings.capacity, 1, capacityMax)
    this.#sharesPerMs = wholeSetting('token bucket', 'refillTokens', settings.refillTokens, 1, refillTokensMax)
    const everyMs = settings.refillEveryMs ?? 1_000
    this.#sharesPerToken = wholeSetting('token bucket', 'refillEveryMs', everyMs, 1, refillEveryMsMax)
    assert(Number.isFinite(now), 'now is a finite time')
    this.#shares = this.#capacity * this.#sharesPerToken
    this.#countedMs = Math.ceil(now) // What is left of the first millisecond gives nothing.
  }

  /** Takes so many tokens, all or none; false when there are too few. More than the capacity are never there. */
  take(now: Millis, tokens: number = 1): boolean {
    assertTokens(tokens)
    this.#refill(now)
    const shares = tokens * this.#sharesPerToken
    if (shares > this.#shares) return false
    this.#shares -= shares
    return true
  }

  /** Whole tokens that could be taken now. */
  available(now: Millis): number {
    this.#refill(now)
    return Math.floor(this.#shares / this.#sharesPerToken)
  }

  /** In how many milliseconds so many tokens will be there: 0 if they are, `Infinity` if they are more than fit. */
  waitMs(now: Millis, tokens: number = 1): number {
    assertTokens(tokens)
    if (tokens > this.#capacity) return Infinity
    this.#refill(now)
    const missing = tokens * this.#sharesPerToken - this.#shares
    if (missing <= 0) return 0
    return this.#countedMs + Math.ceil(missing / this.#sharesPerMs) - now
  }

  #refill(now: Millis): void {
    assert(Number.isFinite(now), 'now is a finite time')
    const wholeMs = Math.floor(now)
    if (wholeMs <= this.#countedMs) return
    // The product may be too great to be exact, but then it fills the bucket anyway.
    const gained = (wholeMs - this.#countedMs) * this.#sharesPerMs
    this.#shares = Math.min(this.#capacity * this.#sharesPerToken, this.#shares + gained)
    this.#countedMs = wholeMs
  }
}

function assertTokens(tokens: number): void {
  assert(Number.isInteger(tokens) && tokens >= 0, 'tokens are taken in whole numbers')
}
