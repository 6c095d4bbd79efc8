import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { TransportLimits } from '../limits.ts'

/** How many links may come in: of all sources, those whose greeting is not over; of one source, so many a second. */
export class IncomingGate {
  readonly #limits: TransportLimits
  readonly #buckets: Lru<string, TokenBucket>
  #pending = 0

  constructor(limits: TransportLimits) {
    this.#limits = limits
    this.#buckets = new Lru({ entriesMax: limits.addressesRememberedMax })
  }

  /** Takes a place for a link from that source, or says which limit has none. */
  enter(now: Millis, host: string): 'pendingIncomingMax' | 'incomingPerAddressPerSecond' | undefined {
    const { pendingIncomingMax, incomingPerAddressBurst, incomingPerAddressPerSecond } = this.#limits
    if (this.#pending >= pendingIncomingMax) return 'pendingIncomingMax'
    let bucket = this.#buckets.get(host)
    if (bucket === undefined) {
      bucket = new TokenBucket({ capacity: incomingPerAddressBurst, refillTokens: incomingPerAddressPerSecond }, now)
      this.#buckets.set(host, bucket)
    }
    if (!bucket.take(now)) return 'incomingPerAddressPerSecond'
    this.#pending++
    return undefined
  }

  /** The greeting is over, one way or the other: the place is free. */
  leave(): void {
    this.#pending--
  }
}
