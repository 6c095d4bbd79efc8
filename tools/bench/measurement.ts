import type { Bench, Curve, Duration, Figure } from '@flotilla/core/testing'
import { contest, type ContestSettings, type Outcome } from './contest.ts'
import { timeInTurns } from './timing.ts'
import { ratioOf, type Spread } from './statistics.ts'

/** A side that ours was measured beside. */
export interface Compared {
  readonly name: string
  readonly settings: string | undefined
  /** Undefined where it is not installed. */
  readonly against: { readonly spread: Spread; readonly ratio: number } | undefined
}

export interface MeasuredFigure {
  readonly bench: string
  readonly metric: string
  /** `records/s`, where more is better, or `ms` and what takes its place, where less is. */
  readonly unit: string
  readonly goal: number | undefined
  /** What our median may be at most. */
  readonly most: number | undefined
  readonly rounds: number
  readonly ours: Spread
  readonly peers: readonly Compared[]
  readonly floor: Compared | undefined
}

export interface MeasuredCurve {
  readonly bench: string
  readonly metric: string
  readonly items: string
  readonly rounds: number
  readonly sizesAre: Outcome['sizesAre']
  readonly points: readonly CurvePoint[]
}

interface CurvePoint {
  readonly count: number
  /** Of doing it once. */
  readonly nanoseconds: Spread
  readonly bytes: number
}

export async function measureFigure(bench: Bench, figure: Figure, settings: ContestSettings): Promise<MeasuredFigure> {
  const { metric, unit, goal, peers = [], floor } = figure
  const rivals = [...peers, ...(floor === undefined ? [] : [{ ...floor, settings: undefined }])]
  const [ours, ...others] = await contest([figure.ours, ...rivals.map(({ start }) => start)], settings)
  if (ours === undefined) throw new Error(`${bench.name}, ${metric}: ours did not start`)
  const compared = rivals.map(({ name, settings: how }, index): Compared => {
    const other = others[index]
    const against = other && { spread: other.rate, ratio: ratioOf(ours.rate, other.rate) }
    return { name, settings: how, against }
  })
  return {
    bench: bench.name,
    metric,
    unit: `${unit}/s`,
    goal,
    most: undefined,
    rounds: settings.rounds,
    ours: ours.rate,
    peers: compared.slice(0, peers.length),
    floor: compared[peers.length],
  }
}

export async function measureDuration(
  bench: Bench,
  duration: Duration,
  settings: ContestSettings,
): Promise<MeasuredFigure> {
  const { metric, goal, millisecondsMax, amount, peers = [] } = duration
  const [ours, ...others] = await timeInTurns([duration.ours, ...peers.map(({ start }) => start)], settings)
  if (ours === undefined) throw new Error(`${bench.name}, ${metric}: ours did not start`)
  return {
    bench: bench.name,
    metric,
    unit: amount?.unit ?? 'ms',
    goal,
    most: amount === undefined ? millisecondsMax : amount.most,
    rounds: settings.rounds,
    ours,
    peers: peers.map(({ name, settings: how }, index): Compared => {
      const spread = others[index]
      return { name, settings: how, against: spread && { spread, ratio: ratioOf(spread, ours) } }
    }),
    floor: undefined,
  }
}

export async function measureCurve(
  bench: Bench,
  curve: Curve,
  counts: readonly number[],
  settings: ContestSettings,
): Promise<MeasuredCurve> {
  const starts = counts.map((count) => curve.start.bind(undefined, count))
  const outcomes = await contest(starts, settings)
  const points = outcomes.flatMap((outcome, index): CurvePoint[] => {
    const count = counts[index]
    if (outcome === undefined || count === undefined) return []
    const { min, median, max } = outcome.rate
    return [{ count, nanoseconds: { median: 1e9 / median, min: 1e9 / max, max: 1e9 / min }, bytes: outcome.bytes }]
  })
  const { metric, items } = curve
  return {
    bench: bench.name,
    metric,
    items,
    rounds: settings.rounds,
    sizesAre: outcomes[0]?.sizesAre ?? 'memory',
    points,
  }
}
