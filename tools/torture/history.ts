import type { Operation, OperationId, RegisterInput, RegisterOutput } from '@flotilla/sim/history'
import type { HistoryLine } from './programs.ts'

type RegisterOperation = Operation<RegisterInput, RegisterOutput>

/**
 * What the checker takes. The lines come from several processes, in any order; their times are of one clock, which
 * alone decides what came before what. Of what happened at the same moment, calls come first: that allows more orders,
 * never fewer.
 */
export function operationsOf(lines: readonly HistoryLine[]): readonly RegisterOperation[] {
  const moments = lines.flatMap(({ type, start, end }, index) => {
    const answered = type === 'ok' && end !== null
    return [{ index, at: start, isCall: true }, ...(answered ? [{ index, at: end, isCall: false }] : [])]
  })
  moments.sort((one, other) => one.at - other.at || Number(other.isCall) - Number(one.isCall))
  const calls: number[] = []
  const returns: number[] = []
  for (const [sequence, { index, isCall }] of moments.entries()) (isCall ? calls : returns)[index] = sequence
  const begunAt = moments[0]?.at ?? 0
  const sinceBegun = (at: number): number => Math.round((at - begunAt) * 10) / 10
  return lines.map((line, index): RegisterOperation => {
    const { process, type, start, end } = line
    const invoked = { sequence: calls[index] ?? 0, atMs: sinceBegun(start) }
    const at = { sequence: returns[index] ?? 0, atMs: sinceBegun(end ?? start) }
    const ending =
      type === 'ok'
        ? ({ type: 'completed', output: outputOf(line), at } as const)
        : type === 'fail'
          ? ({ type: 'failed', at } as const)
          : ({ type: 'unknown' } as const)
    return { id: index as OperationId, client: process, input: inputOf(line), invoked, ending }
  })
}

function inputOf({ op, key, value }: HistoryLine): RegisterInput {
  if (op === 'read') return { type: 'read', key }
  if (Array.isArray(value)) {
    const [expected, replacement] = value as readonly [string | null, string]
    return { type: 'compare-and-set', key, expected, value: replacement }
  }
  return { type: 'write', key, value: value as string }
}

function outputOf({ op, value, ok }: HistoryLine): RegisterOutput {
  if (op === 'read') return value as string | null
  return op === 'cas' ? ok : null
}

/** The longest time in which nobody's write was acknowledged, and how long after the first call it began. */
export function longestSilence(lines: readonly HistoryLine[]): { readonly ms: number; readonly fromMs: number } {
  const ends = lines.flatMap(({ op, type, end }) => (op !== 'read' && type === 'ok' && end !== null ? [end] : []))
  ends.sort((one, other) => one - other)
  const begunAt = lines.reduce((first, { start }) => Math.min(first, start), Infinity)
  let longest = { ms: 0, fromMs: 0 }
  let before = begunAt
  for (const end of ends) {
    if (end - before > longest.ms) longest = { ms: end - before, fromMs: before - begunAt }
    before = end
  }
  return longest
}
