import { expect, test } from 'vitest'
import { pageLimitsDefaults } from '../limits.ts'
import { seriesOf, withNow } from './figure-series.ts'

test('figures that were not always all there are put together by their moments', () => {
  const one = [
    { atMs: 1, mean: 10 },
    { atMs: 3, mean: 30 },
  ]
  const other = [
    { atMs: 2, mean: 2 },
    { atMs: 3, mean: 3 },
  ]
  expect(seriesOf([one, other])).toEqual({
    timesMs: [1, 2, 3],
    values: [
      [10, null, 30],
      [null, 2, 3],
    ],
  })
})

test('what comes is added once, and the oldest go', () => {
  let series = seriesOf([[{ atMs: 0, mean: 0 }]])
  for (let atMs = 1; atMs <= 2 * pageLimitsDefaults.chartPointsMax; atMs++) series = withNow(series, atMs, [atMs])
  expect(withNow(series, series.timesMs.at(-1) ?? 0, [7])).toBe(series)
  expect(series.timesMs).toHaveLength(pageLimitsDefaults.chartPointsMax)
  expect(series.values[0]?.at(-1)).toBe(series.timesMs.at(-1))
})
