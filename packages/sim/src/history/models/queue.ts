import type { Model } from '../model.ts'
import { lazyQueue } from './lazy-queue.ts'

export type QueueValue = string | number

export type QueueInput =
  /** Answers `null`. */
  | { readonly type: 'enqueue'; readonly queue: string; readonly value: QueueValue }
  /** Takes the oldest value and answers it; `null` if there is none. */
  | { readonly type: 'dequeue'; readonly queue: string }

export type QueueOutput = QueueValue | null

/** The oldest first. */
export type QueueState = readonly QueueValue[]

/** First in, first out, each value delivered once. */
export const queue: Model<QueueState, QueueInput, QueueOutput> = {
  name: 'queue',
  init: () => [],
  key: (input) => input.queue,
  identify: (state) => JSON.stringify(state.map((value) => `${typeof value} ${value}`)),
  step(state, input, output) {
    if (input.type === 'enqueue') return [[...state, input.value]]
    const [oldest = null, ...rest] = state
    return output === undefined || output === oldest ? [rest] : []
  },
  isReadOnly: (input, output) => input.type === 'dequeue' && output === null,
  describe(input, output) {
    if (input.type === 'enqueue') return `enqueue ${JSON.stringify(input.value)} at ${input.queue}`
    return `dequeue from ${input.queue} → ${output === undefined ? '?' : JSON.stringify(output)}`
  },
  foresee: (operations) => lazyQueue(queue, operations),
}
