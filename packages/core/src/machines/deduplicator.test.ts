import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Millis } from '../time/index.ts'
import { Deduplicator } from './deduplicator.ts'

const at = (ms: number): Millis => ms as Millis

describe('a deduplicator', () => {
  test('knows a key again until its window, counted from the first sight, is over', () => {
    const seen = new Deduplicator({ windowMs: 100, keysMax: 10 })
    expect(seen.see('a', at(0))).toBe('new')
    expect(seen.see('a', at(60))).toBe('duplicate')
    expect(seen.see('a', at(99))).toBe('duplicate')
    expect(seen.see('a', at(100))).toBe('new')
    expect(seen.see('a', at(199))).toBe('duplicate')
  })

  test('when full, forgets nothing too early: new keys wait until there is room', () => {
    const seen = new Deduplicator({ windowMs: 100, keysMax: 2 })
    expect([seen.see('a', at(0)), seen.see('b', at(50)), seen.see('c', at(60))]).toEqual(['new', 'new', 'full'])
    expect(seen.see('a', at(60))).toBe('duplicate')
    expect(seen.see('c', at(100))).toBe('new')
    expect(seen.see('b', at(100))).toBe('duplicate')
    expect(seen.size).toBe(2)
  })

  test('time that goes back neither forgets nor remembers longer', () => {
    const seen = new Deduplicator({ windowMs: 100, keysMax: 10 })
    seen.see('a', at(1_000))
    expect(seen.see('a', at(0))).toBe('duplicate')
    expect(seen.see('b', at(0))).toBe('new')
    expect(seen.see('a', at(1_099))).toBe('duplicate')
    expect([seen.see('a', at(1_100)), seen.see('b', at(1_100))]).toEqual(['new', 'new'])
    expect([seen.see('a', at(1_190)), seen.see('c', at(1_150))]).toEqual(['duplicate', 'new'])
    expect([seen.see('c', at(1_289)), seen.see('c', at(1_290))]).toEqual(['duplicate', 'new'])
  })

  test('does as a plain list of all sights does', () => {
    const sights = fc.array(fc.record({ key: fc.nat(20), ms: fc.integer({ min: -20, max: 26 }) }), { maxLength: 300 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 15 }),
        sights,
        (windowMs, keysMax, all) => {
          const seen = new Deduplicator<number>({ windowMs, keysMax })
          const twin: { key: number; first: number }[] = []
          let [now, latest] = [0, -Infinity]
          for (const { key, ms } of all) {
            now += ms
            latest = Math.max(latest, now)
            const known = twin.filter(({ first }) => latest - first < windowMs)
            const expected = known.some((sight) => sight.key === key)
              ? 'duplicate'
              : known.length < keysMax
                ? 'new'
                : 'full'
            if (expected === 'new') twin.push({ key, first: latest })
            expect(seen.see(key, at(now))).toBe(expected)
            expect(seen.size).toBeLessThanOrEqual(keysMax)
          }
        },
      ),
    )
  })

  test('refuses wrong settings and times', () => {
    expect(() => new Deduplicator({ windowMs: 0, keysMax: 1 })).toThrow('deduplicator: windowMs is 0')
    expect(() => new Deduplicator({ windowMs: 1, keysMax: 0 })).toThrow('deduplicator: keysMax is 0')
    const seen = new Deduplicator({ windowMs: 1, keysMax: 1 })
    expect(() => seen.see('a', at(Number.NaN))).toThrow('now is a finite time')
  })
})
