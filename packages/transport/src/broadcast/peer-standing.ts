import { TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { BroadcastLimits } from './limits.ts'

const bytesPerToken = 1_024
const forgeryForgottenMs = 10_000
/** Summaries of one peer that are answered: so many at once, and one a second. An answer may list all that we have. */
const summariesBurst = 4

/**
 * What one neighbour may cost us, whoever signed what it hands on. Running out of it is no offence: the neighbour
 * relays for others, and what is dropped here is fetched later. Kept for a while after a connection, so that to
 * reconnect is no way around it.
 */
export class PeerStanding {
  readonly #messages: TokenBucket
  readonly #bytes: TokenBucket
  readonly #served: TokenBucket
  readonly #summaries: TokenBucket
  readonly #forgeries: TokenBucket

  constructor(limits: BroadcastLimits, now: Millis) {
    this.#messages = bucket(limits.peerMessagesPerSecondMax, now)
    this.#bytes = bucket(tokensOf(limits.peerBytesPerSecondMax), now)
    this.#served = bucket(tokensOf(limits.servedBytesPerSecondMax), now)
    this.#summaries = new TokenBucket({ capacity: summariesBurst, refillTokens: 1 }, now)
    const forgeries = { capacity: limits.forgeriesTolerated, refillTokens: 1, refillEveryMs: forgeryForgottenMs }
    this.#forgeries = new TokenBucket(forgeries, now)
  }

  /** A message came; false means to look at it no further. */
  mayReceive(now: Millis, bytes: number): boolean {
    return this.#messages.take(now) && this.#bytes.take(now, tokensOf(bytes))
  }

  /** The message that came lists so many ids. */
  mayList(now: Millis, ids: number): boolean {
    return this.#messages.take(now, Math.ceil(ids / 16))
  }

  /** Whether to verify what it hands on. */
  isTrusted(now: Millis): boolean {
    return this.#forgeries.available(now) > 0
  }

  forged(now: Millis): void {
    this.#forgeries.take(now)
  }

  /** It asked for an envelope of so many bytes. */
  mayFetch(now: Millis, bytes: number): boolean {
    return this.#served.take(now, tokensOf(bytes))
  }

  mayCompare(now: Millis): boolean {
    return this.#summaries.take(now)
  }
}

function bucket(perSecond: number, now: Millis): TokenBucket {
  return new TokenBucket({ capacity: 2 * perSecond, refillTokens: perSecond }, now)
}

function tokensOf(bytes: number): number {
  return Math.ceil(bytes / bytesPerToken)
}
