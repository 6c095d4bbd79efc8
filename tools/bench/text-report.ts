import type { Compared, MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { formatBytes, formatNanoseconds, formatNumber, formatRatio } from './numbers.ts'
import type { Spread } from './statistics.ts'

/** One figure: a row for us, each peer and the floor. */
export function figureText(figure: MeasuredFigure): string {
  const { bench, metric, unit, ours, peers, floor } = figure
  const compared = [...peers, ...(floor === undefined ? [] : [{ ...floor, name: `floor: ${floor.name}` }])]
  const rows = [['', 'median', 'least', 'most', 'ours to this'], ['ours', ...spreadCells(ours)], ...compared.map(cells)]
  const lines = [`${bench}: ${metric}, ${unit}/s`, ...aligned(rows)]
  if (peers.length === 0) lines.push('  no peer')
  const verdict = goalVerdict(figure)
  return [...lines, ...(verdict === undefined ? [] : [`  ${verdict}`])].join('\n')
}

/** `goal 10: missed`, where there is one and somebody to reach it against. */
export function goalVerdict({ goal, peers }: MeasuredFigure): string | undefined {
  const ratios = peers.flatMap(({ against }) => against?.ratio ?? [])
  if (goal === undefined || ratios.length === 0) return undefined
  return `goal ${goal}: ${ratios.every((ratio) => ratio >= goal) ? 'reached' : 'missed'}`
}

export function curveText(curve: MeasuredCurve): string {
  const { bench, metric, items, bytesAre, points } = curve
  const rows = [
    [items, ...points.map(({ count }) => formatNumber(count))],
    ['time', ...points.map(({ nanoseconds }) => formatNanoseconds(nanoseconds.median))],
    [bytesAre, ...points.map(({ bytes }) => formatBytes(bytes))],
  ]
  return [`${bench}: ${metric}`, ...aligned(rows)].join('\n')
}

function cells({ name, settings, against }: Compared): string[] {
  const label = settings === undefined ? name : `${name}, ${settings}`
  if (against === undefined) return [label, 'absent: it is not installed here']
  return [label, ...spreadCells(against.rate), formatRatio(against.ratio)]
}

function spreadCells({ median, least, most }: Spread): string[] {
  return [median, least, most].map(formatNumber)
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const full = rows.filter(({ length }) => length > 2)
  const width = (column: number): number => Math.max(0, ...full.map((row) => row[column]?.length ?? 0))
  const first = Math.max(...rows.map(([label = '']) => label.length))
  return rows.map(([label = '', ...rest]) => {
    if (rest.length === 1) return `  ${label.padEnd(first)}  ${rest[0]}`
    return `  ${label.padEnd(first)}${rest.map((cell, index) => `  ${cell.padStart(width(index + 1))}`).join('')}`
  })
}
