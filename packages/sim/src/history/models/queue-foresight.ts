import type { Operation } from '../history.ts'
import type { Model } from '../model.ts'
import type { QueueInput, QueueOutput, QueueState, QueueValue } from './queue.ts'

interface ForeseenState {
  readonly queue: QueueState
  /** The values of unanswered enqueues placed so far. It follows from what is placed, so it is no part of the identity. */
  readonly lateComers: ReadonlySet<QueueValue>
}

/** When a value is dequeued: the dequeue takes effect after `from` and before `until`. */
interface Departure {
  readonly from: number
  readonly until: number
}

/**
 * A queue shows a wrong order of enqueues only when the values are dequeued, perhaps a thousand operations later, and by
 * then the search would have to undo all of them. With values that are enqueued once each, the dequeues tell beforehand
 * what may be enqueued behind what. Undefined if a value is enqueued twice.
 */
export function foreseeingQueue(
  queue: Model<QueueState, QueueInput, QueueOutput>,
  operations: readonly Operation<QueueInput, QueueOutput>[],
): Model<ForeseenState, QueueInput, QueueOutput> | undefined {
  const values = operations.flatMap(({ input }) => (input.type === 'enqueue' ? [input.value] : []))
  if (new Set(values).size < values.length) return undefined
  const departures = departuresOf(operations)
  const never = earliestUnseenDequeue(operations)
  const departure = (value: QueueValue): Departure => departures.get(value) ?? { from: never, until: Infinity }
  /** Unanswered enqueues that did happen, since their values were dequeued. */
  const lateComers = operations
    .flatMap(({ input, ending }) => (input.type === 'enqueue' && ending.type === 'unknown' ? [input.value] : []))
    .filter((value) => departures.has(value))

  const mayFollow = (state: ForeseenState, value: QueueValue): boolean => {
    const { from, until } = departure(value)
    return (
      state.queue.every((earlier) => departure(earlier).from < until) &&
      lateComers.every((other) => other === value || state.lateComers.has(other) || departure(other).until > from)
    )
  }
  const enqueue = (state: ForeseenState, value: QueueValue, isOpen: boolean): readonly ForeseenState[] => {
    // An unanswered enqueue whose value nobody saw explains nothing: any order that has it works without it.
    if ((isOpen && !departures.has(value)) || !mayFollow(state, value)) return []
    const placed = isOpen ? new Set([...state.lateComers, value]) : state.lateComers
    return [{ queue: [...state.queue, value], lateComers: placed }]
  }
  return {
    ...queue,
    init: () => ({ queue: queue.init(), lateComers: new Set() }),
    identify: (state) => queue.identify(state.queue),
    step(state, input, output) {
      if (input.type === 'enqueue') return enqueue(state, input.value, output === undefined)
      const [oldest] = state.queue
      // An unseen dequeue did not take a value that somebody else was given.
      if (output === undefined && oldest !== undefined && departures.has(oldest)) return []
      return queue.step(state.queue, input, output).map((rest) => ({ ...state, queue: rest }))
    },
  }
}

/** If a value is dequeued twice, nothing can be explained anyway; both count, so as to refuse less. */
function departuresOf(operations: readonly Operation<QueueInput, QueueOutput>[]): ReadonlyMap<QueueValue, Departure> {
  const departures = new Map<QueueValue, Departure>()
  for (const { input, invoked, ending } of operations) {
    if (input.type === 'enqueue' || ending.type !== 'completed' || !isValue(ending.output)) continue
    const { from, until } = departures.get(ending.output) ?? { from: Infinity, until: -Infinity }
    departures.set(ending.output, {
      from: Math.min(from, invoked.sequence),
      until: Math.max(until, ending.at.sequence),
    })
  }
  return departures
}

/** From when on a value that nobody was given may have left the queue. */
function earliestUnseenDequeue(operations: readonly Operation<QueueInput, QueueOutput>[]): number {
  const unseen = operations.filter(({ input, ending }) => input.type === 'dequeue' && ending.type === 'unknown')
  return Math.min(...unseen.map(({ invoked }) => invoked.sequence))
}

function isValue(output: QueueOutput): output is QueueValue {
  return output !== null
}
