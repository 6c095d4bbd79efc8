import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Millis } from '../time/index.ts'
import { TokenBucket, tokenBucketLimits, type TokenBucketSettings } from './token-bucket.ts'

const at = (ms: number): Millis => ms as Millis

const settings = fc.record({
  capacity: fc.integer({ min: 1, max: 50 }),
  refillTokens: fc.integer({ min: 1, max: 50 }),
  refillEveryMs: fc.integer({ min: 1, max: 5_000 }),
})

describe('a token bucket', () => {
  test('gives a burst, then what comes back', () => {
    const bucket = new TokenBucket({ capacity: 3, refillTokens: 2 }, at(0))
    expect([1, 2, 3, 4].map(() => bucket.take(at(0)))).toEqual([true, true, true, false])
    expect(bucket.waitMs(at(0))).toBe(500)
    expect(bucket.take(at(499))).toBe(false)
    expect(bucket.take(at(500))).toBe(true)
    expect(bucket.available(at(1_999))).toBe(2)
    expect(bucket.available(at(2_000))).toBe(3)
    expect(bucket.available(at(60_000))).toBe(3)
  })

  test('takes all or none', () => {
    const bucket = new TokenBucket({ capacity: 3, refillTokens: 1 }, at(0))
    expect(bucket.take(at(0), 4)).toBe(false)
    expect(bucket.available(at(0))).toBe(3)
    expect(bucket.take(at(0), 3)).toBe(true)
    expect(bucket.take(at(0), 0)).toBe(true)
    expect(bucket.waitMs(at(0), 4)).toBe(Infinity)
    expect(bucket.waitMs(at(0), 0)).toBe(0)
  })

  test('does as exact fractions do, whatever time does', () => {
    const steps = fc.array(
      fc.record({ ms: fc.integer({ min: -3_000, max: 20_000 }), tokens: fc.integer({ min: 0, max: 60 }) }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(settings, fc.integer({ min: 0, max: 2 ** 40 }), steps, (chosen, begun, taken) => {
        const bucket = new TokenBucket(chosen, at(begun))
        const twin = exactBucket(chosen, begun)
        let now = begun
        for (const { ms, tokens } of taken) {
          now += ms
          expect(bucket.available(at(now))).toBe(twin.available(now))
          expect(bucket.take(at(now), tokens)).toBe(twin.take(now, tokens))
        }
      }),
    )
  })

  test('counts no millisecond before it is over', () => {
    const bucket = new TokenBucket({ capacity: 5, refillTokens: 1, refillEveryMs: 1 }, at(0.5))
    bucket.take(at(0.5), 5)
    expect([1, 1.9, 2, 2.9, 3].map((ms) => bucket.available(at(ms)))).toEqual([0, 0, 1, 1, 2])
  })

  test('does not drift: a billion milliseconds in odd steps give exactly the rate', () => {
    const bucket = new TokenBucket({ capacity: 12, refillTokens: 7, refillEveryMs: 999 }, at(0))
    bucket.take(at(0), 12)
    let [now, taken] = [0, 0]
    while (now < 1_000_000_000) {
      now += 1_427 // Just under ten tokens in each step, so the bucket never runs over.
      const there = bucket.available(at(now))
      bucket.take(at(now), there)
      taken += there
    }
    expect(taken).toBe(Math.floor((now * 7) / 999))
  })

  test('says exactly how long to wait', () => {
    fc.assert(
      fc.property(settings, fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(49), (chosen, begun, more) => {
        const bucket = new TokenBucket(chosen, at(begun))
        bucket.take(at(begun), chosen.capacity)
        const tokens = 1 + (more % chosen.capacity)
        const ready = begun + bucket.waitMs(at(begun), tokens)
        expect(bucket.available(at(Math.round(ready) - 1))).toBeLessThan(tokens)
        expect(bucket.available(at(Math.round(ready)))).toBeGreaterThanOrEqual(tokens)
      }),
    )
  })

  test('a great leap fills it and does not break it, at the limits too', () => {
    const bucket = new TokenBucket(
      {
        capacity: tokenBucketLimits.capacityMax,
        refillTokens: tokenBucketLimits.refillTokensMax,
        refillEveryMs: tokenBucketLimits.refillEveryMsMax,
      },
      at(-(2 ** 52)),
    )
    expect(bucket.take(at(-(2 ** 52)), tokenBucketLimits.capacityMax)).toBe(true)
    expect(bucket.available(at(2 ** 52))).toBe(tokenBucketLimits.capacityMax)
    expect(bucket.take(at(2 ** 52))).toBe(true)
    expect(bucket.available(at(2 ** 52))).toBe(tokenBucketLimits.capacityMax - 1)
  })

  test('time that goes back gives nothing, and nothing twice', () => {
    const bucket = new TokenBucket({ capacity: 100, refillTokens: 10 }, at(10_000))
    bucket.take(at(10_000), 100)
    for (let swing = 0; swing < 50; swing++) {
      expect(bucket.available(at(0))).toBe(0)
      expect(bucket.available(at(10_000))).toBe(0)
    }
    expect(bucket.waitMs(at(9_000))).toBe(1_100)
    expect(bucket.available(at(10_100))).toBe(1)
  })

  test('refuses wrong settings and times', () => {
    const bucket =
      (chosen: TokenBucketSettings): (() => TokenBucket) =>
      () =>
        new TokenBucket(chosen, at(0))
    expect(bucket({ capacity: 0, refillTokens: 1 })).toThrow('token bucket: capacity is 0')
    expect(bucket({ capacity: 1, refillTokens: 0.5 })).toThrow('token bucket: refillTokens is 0.5')
    expect(bucket({ capacity: 1, refillTokens: 1, refillEveryMs: 0 })).toThrow('token bucket: refillEveryMs is 0')
    const one = bucket({ capacity: 1, refillTokens: 1 })()
    expect(() => one.take(at(Number.NaN))).toThrow('now is a finite time')
    expect(() => one.take(at(Infinity))).toThrow('now is a finite time')
    expect(() => one.take(at(0), -1)).toThrow('tokens are taken in whole numbers')
    expect(() => one.waitMs(at(0), 0.5)).toThrow('tokens are taken in whole numbers')
  })
})

/** The dumb twin: a level in fractions of integers of any size. */
function exactBucket(
  { capacity, refillTokens, refillEveryMs = 1_000 }: TokenBucketSettings,
  begun: number,
): { available(now: number): number; take(now: number, tokens: number): boolean } {
  const every = BigInt(refillEveryMs)
  let level = BigInt(capacity) * every
  let latest = begun
  const refill = (now: number): void => {
    level += BigInt(Math.max(0, now - latest)) * BigInt(refillTokens)
    if (level > BigInt(capacity) * every) level = BigInt(capacity) * every
    latest = Math.max(latest, now)
  }
  return {
    available: (now) => {
      refill(now)
      return Number(level / every)
    },
    take: (now, tokens) => {
      refill(now)
      if (BigInt(tokens) * every > level) return false
      level -= BigInt(tokens) * every
      return true
    },
  }
}
