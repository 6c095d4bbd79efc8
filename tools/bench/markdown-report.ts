import type { Bench } from '@flotilla/core/testing'
import type { Circumstances } from './circumstances.ts'
import type { Compared, MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { formatBytes, formatNanoseconds, formatNumber, formatRatio } from './numbers.ts'
import { ratioOf, type Spread } from './statistics.ts'
import { goalVerdict } from './text-report.ts'

export interface Measured {
  readonly circumstances: Circumstances
  readonly rounds: number
  readonly benches: readonly Bench[]
  readonly figures: readonly MeasuredFigure[]
  readonly curves: readonly MeasuredCurve[]
}

/** The page `docs/benchmarks.md`. */
export function markdownReport(measured: Measured): string {
  const { benches, figures, curves } = measured
  const parts = [
    ...introduction(measured),
    ...benches.flatMap((bench) => benchSection(bench, figures)),
    ...curveSection(curves),
  ]
  return `${parts.join('\n\n')}\n`
}

function introduction({ circumstances, rounds }: Measured): readonly string[] {
  const { commit, date, machine, cores, load } = circumstances
  const shared = load > cores / 2
  return [
    '# Benchmarks',
    'This page is the output of `pnpm --silent bench all --markdown`; do not edit it. `pnpm bench --help` says what else there is.',
    [
      `- Commit: ${commit}`,
      `- Date: ${date}`,
      `- Machine: ${machine}`,
      `- Load average when it began: ${formatNumber(load)}. ${shared ? 'The machine was shared with other work: expect ratios to hold and rates to be low.' : 'The machine had nothing else to do.'}`,
      `- Rounds: the sides take turns, ${rounds} rounds each after a warm-up, in one process and on one disk, with a garbage collection before each.`,
    ].join('\n'),
    'Each row gives the median of the rounds, the least and the most. The ratio is our median to that of the row: above 1 we are faster, below 1 we lose. A floor is what the machine does with none of our code. Compare ratios, not rates: between two runs the disk alone drifts by a factor of two.',
  ]
}

function benchSection({ name, summary }: Bench, figures: readonly MeasuredFigure[]): readonly string[] {
  const own = figures.filter(({ bench }) => bench === name)
  const rows = own.flatMap((figure) => [oursRow(figure), ...figure.peers.map(peerRow), ...floorRow(figure.floor)])
  const verdicts = own.flatMap((figure) => {
    const verdict = goalVerdict(figure)
    return verdict === undefined ? [] : [`- ${figure.metric}: ${verdict}`]
  })
  return [
    `## ${name}`,
    summary,
    table([['what', 'who', 'median', 'least', 'most', 'ours to this'], ...rows]),
    ...(verdicts.length === 0 ? [] : [verdicts.join('\n')]),
    ...settingsList(own),
  ]
}

function oursRow({ metric, unit, ours, peers }: MeasuredFigure): readonly string[] {
  return [`${metric}, ${unit}/s`, peers.length === 0 ? 'ours (no peer)' : 'ours', ...spreadCells(ours), '']
}

function peerRow({ name, against }: Compared): readonly string[] {
  if (against === undefined) return ['', name, 'absent', '', '', '']
  return ['', name, ...spreadCells(against.rate), formatRatio(against.ratio)]
}

function floorRow(floor: Compared | undefined): readonly (readonly string[])[] {
  return floor === undefined ? [] : [peerRow({ ...floor, name: `floor: ${floor.name}` })]
}

/** How each peer was set up, once. */
function settingsList(figures: readonly MeasuredFigure[]): readonly string[] {
  const lines = figures.flatMap(({ peers }) =>
    peers.flatMap(({ name, settings }) => (settings === undefined ? [] : [`- ${name}: ${settings}`])),
  )
  return lines.length === 0 ? [] : [[...new Set(lines)].join('\n')]
}

function curveSection(curves: readonly MeasuredCurve[]): readonly string[] {
  const [first] = curves
  if (first === undefined) return []
  const counts = first.points.map(({ count }) => formatNumber(count))
  const rows = curves.flatMap(({ bench, metric, items, bytesAre, points }) => [
    [
      `${bench}: ${metric}`,
      items,
      ...points.map(({ nanoseconds }) => formatNanoseconds(nanoseconds.median)),
      growth(points.map(({ nanoseconds }) => nanoseconds)),
    ],
    ['', bytesAre, ...points.map(({ bytes }) => formatBytes(bytes)), ''],
  ])
  return [
    '## Cost curves',
    `How the cost grows with how much there is: the time to do it once, median of the rounds, and below it the memory that was taken to get there, or the length of the message or file. The last column is the time at ${counts.at(-1)} to the time at ${counts[0]}.`,
    table([['what', 'of how many', ...counts, 'growth'], ...rows]),
  ]
}

function growth(times: readonly Spread[]): string {
  const [first] = times
  const last = times.at(-1)
  return first === undefined || last === undefined ? '' : `× ${formatNumber(ratioOf(last, first))}`
}

function spreadCells({ median, least, most }: Spread): readonly string[] {
  return [median, least, most].map(formatNumber)
}

/** Aligned as the formatter does it: words to the left, figures to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(4, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const padded = rows.map((row) =>
    line(widths.map((width, column) => (column < 2 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))),
  )
  const rule = line(widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)))
  return [padded[0], rule, ...padded.slice(1)].join('\n')
}
