import type { Compared, MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { formatNanoseconds, formatNumber, formatRatio, formatSize } from './numbers.ts'
import type { Spread } from './statistics.ts'

/** One figure: a row for us, each peer and the floor. */
export function figureText(figure: MeasuredFigure): string {
  const { bench, metric, unit, ours, peers, floor } = figure
  const rows = [
    ['', 'median', 'min', 'max', 'ratio'],
    ['ours', ...spreadCells(ours)],
    ...peers.map((peer) => cells(peer.name, peer)),
    ...(floor === undefined ? [] : [cells(`floor: ${floor.name}`, floor)]),
  ]
  const verdict = goalVerdict(figure)
  return [
    `${bench}: ${metric}, ${unit}`,
    ...aligned(rows),
    ...(peers.length === 0 ? ['  no peer'] : []),
    ...(verdict === undefined ? [] : [`  ${verdict}`]),
  ].join('\n')
}

/** `goal 10: missed`, where there is one and somebody to reach it against; `at most 5 ms: reached`. */
export function goalVerdict({ goal, most, unit, ours, peers }: MeasuredFigure): string | undefined {
  const ratios = peers.flatMap(({ against }) => against?.ratio ?? [])
  const verdict = (reached: boolean): string => (reached ? 'reached' : 'missed')
  const verdicts = [
    ...(goal === undefined || ratios.length === 0
      ? []
      : [`goal ${goal}: ${verdict(ratios.every((ratio) => ratio >= goal))}`]),
    ...(most === undefined ? [] : [`at most ${formatNumber(most)} ${unit}: ${verdict(ours.median <= most)}`]),
  ]
  return verdicts.length === 0 ? undefined : verdicts.join(', ')
}

export function curveText({ bench, metric, items, sizesAre, points }: MeasuredCurve): string {
  const rows = [
    [items, ...points.map(({ count }) => formatNumber(count))],
    ['time', ...points.map(({ nanoseconds }) => formatNanoseconds(nanoseconds.median))],
    [sizesAre, ...points.map(({ bytes }) => formatSize(bytes, sizesAre))],
  ]
  return [`${bench}: ${metric}`, ...aligned(rows)].join('\n')
}

function cells(name: string, { against }: Compared): readonly string[] {
  if (against === undefined) return [name, 'absent']
  return [name, ...spreadCells(against.spread), formatRatio(against.ratio)]
}

function spreadCells({ median, min, max }: Spread): readonly string[] {
  return [median, min, max].map(formatNumber)
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => {
    const padded = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return `  ${padded.join('  ')}`.trimEnd()
  })
}
