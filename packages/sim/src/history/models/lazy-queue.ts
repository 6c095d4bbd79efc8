import type { Operation } from '../history.ts'
import type { ForeseeingModel, Model } from '../model.ts'
import type { QueueInput, QueueOutput, QueueState, QueueValue } from './queue.ts'

/** One enqueue. No two have the same value. */
interface Item {
  /** Rises with the calls. */
  readonly calledAt: number
  /** Infinity if the enqueue has no answer. */
  readonly returnedAt: number
  /** Whether some dequeue answered its value. */
  readonly isDelivered: boolean
}

interface LazyState {
  /** Enqueued and not dequeued, in no order. */
  readonly present: ReadonlySet<Item>
  /** Enqueued without an answer just now, and to be dequeued next. */
  readonly next: Item | undefined
  /**
   * Taken by unanswered dequeues; those since the last answered operation, which must make room for the next, in
   * `cleared`.
   */
  readonly lost: readonly Item[]
  readonly cleared: readonly Item[]
}

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
 * Unanswered operations are placed only where they are needed, and any order that works can be brought to that:
 * - an enqueue directly before the answered dequeue of its value: until then it could only be in the way;
 * - a dequeue directly before an answered one which finds the queue empty, or for which it made room.
 */
export function lazyQueue(
  queue: Model<QueueState, QueueInput, QueueOutput>,
  operations: readonly Operation<QueueInput, QueueOutput | undefined>[],
): ForeseeingModel<LazyState, QueueInput, QueueOutput> | undefined {
  const items = itemsOf(operations)
  if (items === undefined || operations.some(isAnswerMissing)) return undefined
  return {
    ...queue,
    init: () => ({ present: new Set(), next: undefined, lost: [], cleared: [] }),
    // What is present follows from this and from the answered operations placed so far, which the search compares too.
    identify: ({ next, lost, cleared }) => `${next?.calledAt} ${textOf(lost)} ${textOf(cleared)}`,
    // Once a dequeue fits, doing it at once takes a value out of the way of all others.
    goesFirst: (input, output) => input.type === 'dequeue' && output !== undefined,
    likeness: (input) => (input.type === 'dequeue' ? 'dequeue' : undefined),
    step(state, input, output) {
      if (input.type === 'enqueue') return enqueue(state, items.get(input.value), output === undefined)
      if (output === undefined) return dequeueUnseen(state)
      return output === null ? findEmpty(state) : dequeue(state, items.get(output))
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

function enqueue(state: LazyState, item: Item | undefined, isUnseen: boolean): readonly LazyState[] {
  if (item === undefined || state.next !== undefined) return []
  if (isUnseen ? !item.isDelivered : state.cleared.length > 0) return []
  return [{ ...state, present: new Set([...state.present, item]), next: isUnseen ? item : undefined }]
}

/** Any of the oldest that nobody was given. */
function dequeueUnseen(state: LazyState): readonly LazyState[] {
  if (state.next !== undefined) return []
  const takeable = [...state.present].filter((item) => !item.isDelivered && isOldest(item, state.present))
  return takeable.map((item) => ({
    present: without(state.present, item),
    next: undefined,
    lost: [...state.lost, item],
    cleared: [...state.cleared, item],
  }))
}

function findEmpty(state: LazyState): readonly LazyState[] {
  return state.present.size === 0 ? [{ ...state, cleared: [] }] : []
}

function dequeue(state: LazyState, item: Item | undefined): readonly LazyState[] {
  if (item === undefined || !state.present.has(item)) return []
  if (state.next !== undefined && state.next !== item) return []
  if (!isOldest(item, state.present) || state.cleared.some((cleared) => !stoodBefore(cleared, item))) return []
  return [{ present: without(state.present, item), next: undefined, lost: state.lost, cleared: [] }]
}

function isOldest(item: Item, present: ReadonlySet<Item>): boolean {
  for (const other of present) if (stoodBefore(other, item)) return false
  return true
}

function stoodBefore(earlier: Item, later: Item): boolean {
  return earlier.returnedAt < later.calledAt
}

function without(present: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const rest = new Set(present)
  rest.delete(item)
  return rest
}

function textOf(items: readonly Item[]): string {
  return items
    .map(({ calledAt }) => calledAt)
    .toSorted((left, right) => left - right)
    .join()
}
