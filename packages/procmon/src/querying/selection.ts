import type { ProcessFigures, ProcessQuery } from '../figures.ts'
import { processOrder } from './order.ts'
import { validateProcessQuery } from './query.ts'

export interface Selection<Process> {
  readonly processes: readonly Process[]
  /** That match, before the limit. */
  readonly matching: number
}

/** The processes that match, in the order of the query, cut at its limit. */
export function selectProcesses<Process extends ProcessFigures>(
  processes: readonly Process[],
  query: ProcessQuery,
): Selection<Process> {
  const whole = validateProcessQuery(query)
  const matching = processes.filter(matcher(whole))
  const sorted = matching.toSorted(processOrder(whole))
  return { processes: sorted.slice(0, whole.limit), matching: matching.length }
}

/**
 * One list of several that are each in the order of the query: the first of all, as many as the query's limit. Of those
 * that are alike, who stands in an earlier list comes first.
 */
export function mergeProcesses<Process extends ProcessFigures>(
  lists: readonly (readonly Process[])[],
  query: ProcessQuery,
): readonly Process[] {
  const whole = validateProcessQuery(query)
  // The engine sorts by merging runs that it finds, which these lists are.
  return lists.flat().toSorted(processOrder(whole)).slice(0, whole.limit)
}

function matcher(query: ProcessQuery): (process: ProcessFigures) => boolean {
  const { user, processorMin = 0, residentBytesMin = 0, memoryMin = 0 } = query
  const text = query.text?.toLowerCase()
  const states = query.states && new Set(query.states)
  const pids = query.pids && new Set(query.pids)
  return (process) =>
    process.processor >= processorMin &&
    process.residentBytes >= residentBytesMin &&
    process.memory >= memoryMin &&
    (user === undefined || process.user === user) &&
    (states === undefined || states.has(process.state)) &&
    (pids === undefined || pids.has(process.pid)) &&
    (text === undefined || process.name.toLowerCase().includes(text) || process.command.toLowerCase().includes(text))
}
