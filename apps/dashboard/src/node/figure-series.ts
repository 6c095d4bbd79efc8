import { pageLimitsDefaults } from '../limits.ts'

/** Several figures at the same moments, of which the oldest are forgotten. */
export interface Series {
  readonly timesMs: readonly number[]
  /** Of each figure; `null` where it was not known. */
  readonly values: readonly (readonly (number | null)[])[]
}

type Points = readonly { readonly atMs: number; readonly mean: number }[]

/** What was, of several figures that were not always all there. */
export function seriesOf(histories: readonly Points[]): Series {
  const moments = new Set(histories.flatMap((points) => points.map(({ atMs }) => atMs)))
  const timesMs = [...moments].toSorted((one, other) => one - other).slice(-pageLimitsDefaults.chartPointsMax)
  const values = histories.map((points) => {
    const known = new Map(points.map(({ atMs, mean }) => [atMs, mean]))
    return timesMs.map((atMs) => known.get(atMs) ?? null)
  })
  return { timesMs, values }
}

/** The same, and how it is now; unchanged where that moment is there already. */
export function withNow(series: Series, atMs: number, now: readonly (number | null)[]): Series {
  if ((series.timesMs.at(-1) ?? 0) >= atMs) return series
  const most = pageLimitsDefaults.chartPointsMax
  return {
    timesMs: [...series.timesMs, atMs].slice(-most),
    values: series.values.map((values, index) => [...values, now[index] ?? null].slice(-most)),
  }
}
