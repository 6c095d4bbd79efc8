import type { MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { rounded } from './numbers.ts'

/**
 * A line for each peer, or one that says `"peer":null`. An absent peer is named, without figures; nothing that was not
 * measured beside us has a ratio.
 */
export function figureLines(figure: MeasuredFigure, commit: string): readonly string[] {
  const { bench, metric, unit, goal, most, rounds, ours, peers, floor } = figure
  const mine = {
    ours: rounded(ours.median),
    oursMin: rounded(ours.min),
    oursMax: rounded(ours.max),
    ...(floor?.against === undefined ? {} : { floor: rounded(floor.against.spread.median), floorIs: floor.name }),
  }
  const sides = peers.length === 0 ? [undefined] : peers
  return sides.map((peer) => {
    const against = peer?.against
    return JSON.stringify({
      bench,
      metric,
      unit,
      ...mine,
      peer: peer?.name ?? null,
      ...(peer?.settings === undefined ? {} : { settings: peer.settings }),
      theirs: against === undefined ? null : rounded(against.spread.median),
      ...(against === undefined
        ? {}
        : { theirsMin: rounded(against.spread.min), theirsMax: rounded(against.spread.max) }),
      ratio: against === undefined ? null : rounded(against.ratio),
      ...(goal === undefined ? {} : { goal }),
      ...(most === undefined ? {} : { most }),
      rounds,
      commit,
    })
  })
}

/** A line for each point. */
export function curveLines(curve: MeasuredCurve, commit: string): readonly string[] {
  const { bench, metric, items, rounds, sizesAre, points } = curve
  return points.map(({ count, nanoseconds, bytes }) =>
    JSON.stringify({
      bench,
      curve: metric,
      items,
      count,
      nanoseconds: rounded(nanoseconds.median),
      nanosecondsMin: rounded(nanoseconds.min),
      nanosecondsMax: rounded(nanoseconds.max),
      [`${sizesAre}Bytes`]: bytes,
      rounds,
      commit,
    }),
  )
}
