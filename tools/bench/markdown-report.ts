import type { Bench } from '@flotilla/core/testing'
import type { Circumstances } from './circumstances.ts'
import type { Compared, MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { formatNanoseconds, formatNumber, formatRatio, formatSize } from './numbers.ts'
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
  const company =
    load > cores / 2 ? 'other work ran at the same time, so it can do more than this' : 'it had nothing else to do'
  return [
    '# Benchmarks',
    paragraph(
      'This page was written by `pnpm --silent bench all --markdown`; make it again rather than edit it. The sides of',
      'a figure take turns on one machine and one disk, after a warm-up, with a garbage collection before each turn.',
    ),
    [
      `- commit: ${commit}`,
      `- date: ${date}`,
      `- machine: ${machine}`,
      `- load average when it began: ${formatNumber(load)}; ${company}`,
      `- rounds of each side: ${rounds}`,
    ].join('\n'),
    paragraph(
      'Each row says the median of the rounds, the least and the most. The ratio compares our median with that of the',
      'row: above 1 we are faster, below 1 we lose. A floor is what the bare machine does. Believe ratios, not rates:',
      'from one hour to the next the disk alone drifts by a factor of two.',
    ),
  ]
}

function paragraph(...lines: readonly string[]): string {
  return lines.join(' ')
}

function benchSection({ name, summary }: Bench, figures: readonly MeasuredFigure[]): readonly string[] {
  const own = figures.filter(({ bench }) => bench === name)
  const rows = own.flatMap(figureRows)
  const notes = own.flatMap((figure) => [...settingsOf(figure), ...goalOf(figure)])
  return [
    `## ${name}`,
    summary,
    table([['what', 'who', 'median', 'min', 'max', 'ratio'], ...rows]),
    ...(notes.length === 0 ? [] : [[...new Set(notes)].join('\n')]),
  ]
}

function figureRows({ metric, unit, ours, peers, floor }: MeasuredFigure): readonly (readonly string[])[] {
  return [
    [`${metric}, ${unit}`, peers.length === 0 ? 'ours (no peer)' : 'ours', ...spreadCells(ours), ''],
    ...peers.map((peer) => comparedRow(peer.name, peer)),
    ...(floor === undefined ? [] : [comparedRow(`floor: ${floor.name}`, floor)]),
  ]
}

function comparedRow(name: string, { against }: Compared): readonly string[] {
  if (against === undefined) return ['', name, 'absent', '', '', '']
  return ['', name, ...spreadCells(against.spread), formatRatio(against.ratio)]
}

function settingsOf({ peers }: MeasuredFigure): readonly string[] {
  return peers.flatMap(({ name, settings }) => (settings === undefined ? [] : [`- ${name}: ${settings}`]))
}

function goalOf(figure: MeasuredFigure): readonly string[] {
  const verdict = goalVerdict(figure)
  return verdict === undefined ? [] : [`- ${figure.metric}: ${verdict}`]
}

function curveSection(curves: readonly MeasuredCurve[]): readonly string[] {
  const [first] = curves
  if (first === undefined) return []
  const counts = first.points.map(({ count }) => formatNumber(count))
  const rows = curves.flatMap(({ bench, metric, items, sizesAre, points }) => {
    const times = points.map(({ nanoseconds }) => nanoseconds)
    return [
      [`${bench}: ${metric}`, items, ...times.map(({ median }) => formatNanoseconds(median)), growth(times)],
      ['', sizesAre, ...points.map(({ bytes }) => formatSize(bytes, sizesAre)), ''],
    ]
  })
  return [
    '## Cost curves',
    paragraph(
      'How the cost grows with how much there is: the time to do it once, median of the rounds, and below it the',
      'memory that was taken to get there, or the length of the message or file. Growth is the time at',
      `${counts.at(-1)} over the time at ${counts[0]}.`,
    ),
    table([['what', 'of how many', ...counts, 'growth'], ...rows]),
  ]
}

function growth(times: readonly Spread[]): string {
  const [first] = times
  const last = times.at(-1)
  return first === undefined || last === undefined ? '' : `× ${formatNumber(ratioOf(last, first))}`
}

function spreadCells({ median, min, max }: Spread): readonly string[] {
  return [median, min, max].map(formatNumber)
}

/** Words stand to the left and figures to the right, padded as the formatter wants it. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(4, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cellOf: (width: number, column: number) => string): string => `| ${widths.map(cellOf).join(' | ')} |`
  const isWords = (column: number): boolean => column < 2
  const padded = (row: readonly string[]): string =>
    line((width, column) => {
      const cell = row[column] ?? ''
      return isWords(column) ? cell.padEnd(width) : cell.padStart(width)
    })
  const rule = line((width, column) => (isWords(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [padded(head), rule, ...body.map(padded)].join('\n')
}
