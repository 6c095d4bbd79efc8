import type { Operation } from '../history.ts'
import type { ForeseeingModel, Model } from '../model.ts'
import type { QueueInput, QueueOutput, QueueState, QueueValue } from './queue.ts'

/** One enqueue. No two have the same value. */
interface Item {
  readonly calledAt: number
  /** Infinity if the enqueue has no answer. */
  readonly returnedAt: number
  /** Whether some dequeue answered its value. */
  readonly isDelivered: boolean
}

/** What is enqueued and not dequeued, by time of call, which says nothing about who leaves first. */
type LazyState = readonly Item[]

/**
 * A queue that decides the order of concurrent enqueues as late as possible. The plain model must guess that order at
 * once and learns that it was wrong when the values are dequeued, perhaps a thousand operations later. Here a value may
 * be dequeued unless another one is present whose enqueue had returned before its own was called.
 *
 * Why that is exact when no value is enqueued twice: take an order that works here, and two enqueues with none between
 * them, of which the later one's value left first. They overlap, or the other would have been in the way. So there is a
 * moment between them where both may stand the other way round: what must come before the one returned before what must
 * come after the other was called. Such swaps end in first in, first out.
 *
 * Of the unanswered operations, an enqueue whose value nobody was given explains nothing, and a dequeue does not take
 * what somebody else was given.
 */
export function lazyQueue(
  queue: Model<QueueState, QueueInput, QueueOutput>,
  operations: readonly Operation<QueueInput, QueueOutput | undefined>[],
): ForeseeingModel<LazyState, QueueInput, QueueOutput> | undefined {
  const items = itemsOf(operations)
  if (items === undefined || operations.some(isAnswerMissing)) return undefined
  return {
    ...queue,
    init: () => [],
    identify: (state) => state.map(({ calledAt }) => calledAt).join(),
    // Once a dequeue fits, doing it at once takes a value out of the way of all others.
    goesFirst: (input, output) => input.type === 'dequeue' && output !== undefined,
    likeness: (input) => (input.type === 'dequeue' ? 'dequeue' : undefined),
    step(state, input, output) {
      if (input.type === 'enqueue') return enqueue(state, items.get(input.value), output === undefined)
      if (output === undefined)
        return state.filter(({ isDelivered }) => !isDelivered).flatMap((item) => take(state, item))
      if (output === null) return state.length === 0 ? [state] : []
      return take(state, items.get(output))
    },
  }
}

function isAnswerMissing({ ending }: Operation<QueueInput, QueueOutput | undefined>): boolean {
  return ending.type === 'completed' && ending.output === undefined
}

/** By value; undefined if one is enqueued twice. */
function itemsOf(
  operations: readonly Operation<QueueInput, QueueOutput | undefined>[],
): ReadonlyMap<QueueValue, Item> | undefined {
  const delivered = new Set(operations.map(({ ending }) => (ending.type === 'completed' ? ending.output : null)))
  const items = new Map<QueueValue, Item>()
  for (const { input, invoked, ending } of operations) {
    if (input.type !== 'enqueue') continue
    if (items.has(input.value)) return undefined
    items.set(input.value, {
      calledAt: invoked.sequence,
      returnedAt: ending.type === 'completed' ? ending.at.sequence : Infinity,
      isDelivered: delivered.has(input.value),
    })
  }
  return items
}

function enqueue(state: LazyState, item: Item | undefined, isUnanswered: boolean): readonly LazyState[] {
  if (item === undefined || (isUnanswered && !item.isDelivered)) return []
  const later = state.findIndex(({ calledAt }) => calledAt > item.calledAt)
  return [state.toSpliced(later === -1 ? state.length : later, 0, item)]
}

function take(state: LazyState, item: Item | undefined): readonly LazyState[] {
  if (item === undefined || !state.includes(item)) return []
  if (state.some(({ returnedAt }) => returnedAt < item.calledAt)) return []
  return [state.filter((other) => other !== item)]
}
