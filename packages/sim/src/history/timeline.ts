import type { Counterexample } from './counterexample.ts'
import type { Answer, Moment, Operation, OperationId } from './history.ts'
import type { Model } from './model.ts'
import { isCompleted } from './search.ts'

/** More would not be read; the last ones tell most. */
const linesMax = 60
const columnsPerEvent = 2
/** When an operation without an answer ends. */
const never = Infinity

/** What went wrong, in one sentence. */
export function sentenceOf<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  { key, culprit }: Counterexample<Input, Output>,
): string {
  const subject = key === undefined ? model.name : `${model.name} ${JSON.stringify(key)}`
  const answer = `${culprit.client}'s "${described(model, culprit)}"`
  return `${subject} is not linearizable: nothing explains the answer to ${answer}`
}

/**
 * The story as text, one line an operation. Bars that overlap ran at the same time. The numbers give an order that
 * explains all the other answers; `✗` is the operation that fits nowhere.
 */
export function timelineOf<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  counterexample: Counterexample<Input, Output>,
): string {
  const { operations, culprit, order, operationsTotal } = counterexample
  const shown = operations.slice(-linesMax)
  const places = new Map<OperationId, string>(order.map(({ id }, index) => [id, String(index + 1)]))
  places.set(culprit.id, '✗')
  const bars = barsOf(shown)
  const rows = shown.map((operation, index) => [
    places.get(operation.id) ?? '-',
    operation.client,
    described(model, operation),
    timesOf(operation),
    bars[index] ?? '',
  ])
  const title = ['order', 'client', 'operation', 'ms', 'calls and answers, in the order in which they happened']
  const hidden = operations.length - shown.length
  return [
    ...(hidden === 0 ? [] : [`${hidden} earlier operations are not shown.`]),
    ...aligned([title, ...rows]),
    `${operations.length} of ${operationsTotal} operations; ${legendOf(counterexample)}`,
  ].join('\n')
}

function legendOf<Input, Output>({ order }: Counterexample<Input, Output>): string {
  const misfit = '✗ fits nowhere between its call and its answer'
  return order.length === 0 ? `${misfit}.` : `the numbers are an order that explains all answers but one: ${misfit}.`
}

function described<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operation: Operation<Input, Output>,
): string {
  return model.describe(operation.input, isCompleted(operation) ? operation.ending.output : undefined)
}

function timesOf<Input, Output>(operation: Operation<Input, Output>): string {
  const { invoked } = operation
  return `${inMs(invoked)}–${isCompleted(operation) ? inMs(operation.ending.at) : ''}`
}

/** To the microsecond; the rest is noise of floating point. */
function inMs({ atMs }: Moment): number {
  return Math.round(atMs * 1_000) / 1_000
}

/** One bar an operation, two columns an event, so that only their order shows and long waits take no room. */
function barsOf<Input, Output>(operations: readonly Operation<Input, Output>[]): readonly string[] {
  const ends = operations.map((operation) => (isCompleted(operation) ? operation.ending.at.sequence : never))
  const moments = [...operations.map(({ invoked }) => invoked.sequence), ...ends.filter((end) => end !== never)]
  moments.sort((left, right) => left - right)
  const columns = new Map(moments.map((sequence, index) => [sequence, index * columnsPerEvent]))
  const width = moments.length * columnsPerEvent
  return operations.map(({ invoked }, index) => {
    const from = columns.get(invoked.sequence) ?? 0
    const until = columns.get(ends[index] ?? never)
    const line = '─'.repeat((until ?? width) - from - 1)
    return `${' '.repeat(from)}├${line}${until === undefined ? '…' : '┤'}`
  })
}

/** The first column to the right, the others to the left. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
