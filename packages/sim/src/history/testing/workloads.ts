import type { LockInput, LockOutput, LockState } from '../models/lock.ts'
import { lock } from '../models/lock.ts'
import { queue, type QueueInput, type QueueOutput, type QueueState } from '../models/queue.ts'
import { register, type RegisterInput, type RegisterOutput, type RegisterValue } from '../models/register.ts'
import type { Workload } from './random-history.ts'

/** Few values, so that different operations often explain the same answer, and two keys. */
export const registerWorkload: Workload<RegisterValue, RegisterInput, RegisterOutput> = {
  model: register,
  draw(random) {
    const key = random.pick(['x', 'x', 'y'])
    const value = random.below(3)
    const type = random.pick(['read', 'read', 'write', 'compare-and-set'] as const)
    return type === 'compare-and-set' ? { type, key, expected: random.below(3), value } : { type, key, value }
  },
  answers: ({ type }) => (type === 'read' ? [null, 0, 1, 2] : type === 'write' ? [null] : [true, false]),
}

const tokens = [0, 1, 2, 3, 4, 5, 6, 7]

export const lockWorkload: Workload<LockState, LockInput, LockOutput> = {
  model: lock,
  draw(random) {
    const owner = random.pick(['ann', 'bob'])
    const type = random.pick(['acquire', 'try-acquire', 'release', 'release', 'expire'] as const)
    return type === 'release' ? { type, lock: 'l', owner, token: random.below(3) } : { type, lock: 'l', owner }
  },
  answers({ type }) {
    if (type === 'expire') return [null]
    if (type === 'release') return [true, false]
    return type === 'acquire' ? tokens : [...tokens, null]
  },
}

/** Each value is enqueued once. */
export const queueWorkload: Workload<QueueState, QueueInput, QueueOutput> = queueOf((index) => index)

/** Values are enqueued again and again. */
export const repetitiveQueueWorkload: Workload<QueueState, QueueInput, QueueOutput> = queueOf((index) => index % 2)

function queueOf(valueAt: (index: number) => number): Workload<QueueState, QueueInput, QueueOutput> {
  return {
    model: queue,
    draw: (random, index) =>
      random.chance(1, 2) ? { type: 'enqueue', queue: 'q', value: valueAt(index) } : { type: 'dequeue', queue: 'q' },
    answers({ type }, called) {
      if (type === 'enqueue') return [null]
      return [...Array.from({ length: called }, (_, value) => value), null]
    },
  }
}
