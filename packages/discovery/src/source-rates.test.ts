import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { SourceRates } from './source-rates.ts'

const at = (ms: number): Millis => ms as Millis

test('each source has a rate of its own, and only so many are remembered', () => {
  const rates = new SourceRates({ perSecondMax: 2, burstMax: 4, sourcesMax: 3 })
  const taken = (source: string, now: Millis): number => {
    let count = 0
    while (rates.take(source, now)) count++
    return count
  }
  expect(taken('a', at(0))).toBe(4)
  expect(taken('b', at(0))).toBe(4)
  expect(taken('a', at(1_000))).toBe(2)
  for (let source = 0; source < 1_000; source++) rates.take(String(source), at(1_000))
  expect(rates.size).toBe(3)
})
