import { TokenBucket, tokenBucketLimits } from '@flotilla/core/machines'
import { sleep, type Clock } from '@flotilla/core/time'

const tokenBytes = 1_024

/** Lets so many bytes pass in a second, in bursts of at most a second's worth; beyond 9 GiB/s it limits nothing. */
export class RateLimit {
  readonly #clock: Clock
  readonly #bucket: TokenBucket | undefined
  readonly #tokensAtOnce: number

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    const { refillTokensMax } = tokenBucketLimits
    const perSecond = Math.floor(bytesPerSecond / tokenBytes)
    this.#tokensAtOnce = Math.max(1, Math.min(perSecond, refillTokensMax))
    if (perSecond > refillTokensMax) return
    // Slow rates are counted over a longer time, so that they are not rounded to nothing.
    const refill =
      perSecond >= tokenBytes
        ? { refillTokens: perSecond, refillEveryMs: 1_000 }
        : { refillTokens: Math.max(1, Math.floor(bytesPerSecond)), refillEveryMs: 1_000 * tokenBytes }
    this.#bucket = new TokenBucket({ capacity: this.#tokensAtOnce, ...refill }, clock.now())
  }

  async pass(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#bucket === undefined) return
    for (let left = Math.ceil(bytes / tokenBytes); left > 0;) {
      const tokens = Math.min(left, this.#tokensAtOnce)
      while (!this.#bucket.take(this.#clock.now(), tokens)) {
        const waitMs = this.#bucket.waitMs(this.#clock.now(), tokens)
        await sleep(this.#clock, waitMs, signal === undefined ? {} : { signal })
      }
      left -= tokens
    }
  }
}
