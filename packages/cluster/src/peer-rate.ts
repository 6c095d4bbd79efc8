import type { NodeId } from '@flotilla/core/ids'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import { clusterLimits } from './config.ts'

export interface PeerRateLimits {
  readonly requestsPerPeerBurst: number
  readonly requestsPerPeerEveryMs: number
}

/** How often each peer may ask; of at most `peersCountedMax`, those that asked last. */
export class PeerRate {
  readonly #limits: PeerRateLimits
  readonly #buckets = new Lru<NodeId, TokenBucket>({ entriesMax: clusterLimits.peersCountedMax })

  constructor(limits: PeerRateLimits) {
    this.#limits = limits
  }

  /** Whether it may ask now, which counts. */
  take(peer: NodeId, now: Millis): boolean {
    const { requestsPerPeerBurst: capacity, requestsPerPeerEveryMs: refillEveryMs } = this.#limits
    const bucket = this.#buckets.get(peer) ?? new TokenBucket({ capacity, refillTokens: 1, refillEveryMs }, now)
    this.#buckets.set(peer, bucket)
    return bucket.take(now)
  }
}
