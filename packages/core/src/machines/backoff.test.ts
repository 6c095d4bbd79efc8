import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng } from '../random/index.ts'
import { Backoff } from './backoff.ts'

describe('a backoff', () => {
  test('doubles its ceiling up to the cap; full jitter draws below it, equal jitter from its half on', () => {
    const ceilings = [100, 200, 400, 800, 1_000, 1_000]
    for (const [jitter, leastShare] of [
      ['full', 0],
      ['equal', 0.5],
    ] as const) {
      const drawn: number[][] = ceilings.map(() => [])
      for (let seed = 0; seed < 400; seed++) {
        const backoff = new Backoff(new Prng(seed), { firstMs: 100, capMs: 1_000, jitter })
        for (const delays of drawn) delays.push(backoff.nextMs())
      }
      for (const [attempt, delays] of drawn.entries()) {
        const ceiling = ceilings[attempt] ?? 0
        expect(Math.min(...delays)).toBeGreaterThanOrEqual(ceiling * leastShare)
        expect(Math.max(...delays)).toBeLessThanOrEqual(ceiling)
        // All of the range is used, evenly.
        expect(Math.min(...delays)).toBeLessThan(ceiling * (leastShare + 0.05))
        expect(Math.max(...delays)).toBeGreaterThan(ceiling * 0.95)
        const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
        expect(Math.abs(mean / ceiling - (1 + leastShare) / 2)).toBeLessThan(0.075)
      }
    }
  })

  test('begins again after a success', () => {
    const backoff = new Backoff(new Prng(1), { firstMs: 10, capMs: 10_000 })
    for (let attempt = 0; attempt < 12; attempt++) backoff.nextMs()
    expect(backoff.attempts).toBe(12)
    backoff.reset()
    expect(backoff.attempts).toBe(0)
    expect(backoff.nextMs()).toBeLessThanOrEqual(10)
  })

  test('gives the same delays for the same seed', () => {
    const [one, two] = [new Backoff(new Prng(9)), new Backoff(new Prng(9))]
    for (let attempt = 0; attempt < 20; attempt++) expect(one.nextMs()).toBe(two.nextMs())
  })

  test('stays within bounds at any number of attempts', () => {
    const backoff = new Backoff(new Prng(2), { firstMs: 86_400_000, capMs: 86_400_000, jitter: 'equal' })
    for (let attempt = 0; attempt < 3_000; attempt++) {
      const delay = backoff.nextMs()
      expect(Number.isInteger(delay) && delay >= 43_200_000 && delay <= 86_400_000).toBe(true)
    }
  })

  test('waits at least as long as a peer asks, within the cap, and takes no nonsense', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double(), (seed, askedMs) => {
        const backoff = new Backoff(new Prng(seed), { firstMs: 100, capMs: 5_000 })
        const delay = backoff.nextMs(askedMs)
        const politeMs = askedMs > 0 ? Math.ceil(Math.min(askedMs, 5_000)) : 0
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(politeMs)
        expect(delay).toBeLessThanOrEqual(politeMs + 100)
      }),
    )
    expect(new Backoff(new Prng(1)).nextMs(Infinity)).toBeLessThanOrEqual(60_000)
    expect(new Backoff(new Prng(1)).nextMs(Number.NaN)).toBeLessThanOrEqual(100)
  })

  test('refuses wrong settings', () => {
    const backoff = (firstMs: number, capMs: number) => () => new Backoff(new Prng(1), { firstMs, capMs })
    expect(backoff(0, 100)).toThrow('backoff: firstMs is 0; it must be a whole number from 1 to 100')
    expect(backoff(200, 100)).toThrow('backoff: firstMs is 200')
    expect(backoff(1, 86_400_001)).toThrow('backoff: capMs is 86400001')
  })
})
