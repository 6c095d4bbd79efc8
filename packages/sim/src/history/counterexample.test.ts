import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { check } from './checker.ts'
import { findCounterexample, type Counterexample } from './counterexample.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { lock, type LockInput, type LockOutput } from './models/lock.ts'
import { queue, type QueueInput, type QueueOutput } from './models/queue.ts'
import { register, type RegisterInput, type RegisterOutput, type RegisterValue } from './models/register.ts'
import { handMade, never, type Row } from './testing/handmade-history.ts'
import { randomHistory, type Workload } from './testing/random-history.ts'
import { lockWorkload, queueWorkload, registerWorkload, repetitiveQueueWorkload } from './testing/workloads.ts'

const read: RegisterInput = { type: 'read', key: 'x' }
const write = (value: number): RegisterInput => ({ type: 'write', key: 'x', value })
const swap = (expected: RegisterValue, value: number): RegisterInput => {
  return { type: 'compare-and-set', key: 'x', expected, value }
}
const put = (value: number): QueueInput => ({ type: 'enqueue', queue: 'q', value })
const take: QueueInput = { type: 'dequeue', queue: 'q' }

function counterexampleOf<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax?: number,
): Counterexample<Input, Output> {
  const verdict = check(model, operations)
  if (verdict.type !== 'not-linearizable') throw new Error(`the history is ${verdict.type}`)
  return findCounterexample(model, verdict, stepsMax === undefined ? {} : { stepsMax })
}

/** The story as a list of what was asked and told; `!` marks the culprit. */
function toldBy<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): readonly string[] {
  const { operations: story, culprit } = counterexampleOf(model, operations)
  return story.map(({ id, input, ending }) => {
    const told = model.describe(input, ending.type === 'completed' ? ending.output : undefined)
    return id === culprit.id ? `! ${told}` : told
  })
}

describe('a register', () => {
  /** Honest before and after, around the numbers from 100 to 200. */
  const among = (
    rows: readonly Row<RegisterInput, RegisterOutput>[],
  ): readonly Row<RegisterInput, RegisterOutput>[] => [
    ['d', 0, 1, write(50), null],
    ['e', 2, 3, read, 50],
    ['f', 4, never, write(51)],
    ...rows,
    ['d', 200, 202, write(60), null],
    ['e', 201, 203, read, 60],
  ]

  test('a stale read keeps the write that it saw and one that came after', () => {
    const rows = among([
      ['a', 100, 101, write(1), null],
      ['b', 102, 103, read, 1],
      ['a', 104, 105, write(2), null],
      ['a', 106, 107, write(3), null],
      ['b', 108, 109, read, 1],
    ])
    expect(toldBy(register, handMade(rows))).toEqual(['write x = 1', 'write x = 3', '! read x → 1'])
  })

  test('a stale read after a thousand operations does, too', () => {
    const rows = Array.from({ length: 500 }, (_, index): readonly Row<RegisterInput, RegisterOutput>[] => [
      ['a', 10 * index, 10 * index + 3, write(index), null],
      ['b', 10 * index + 4, 10 * index + 5, read, index],
    ]).flat()
    const story = toldBy(register, handMade([...rows, ['b', 10_000, 10_001, read, 200]]))
    expect(story).toEqual(['write x = 200', expect.stringContaining('write x = '), '! read x → 200'])
  })

  test('new and then old keeps the read that saw the new', () => {
    const rows = among([
      ['a', 100, 101, write(1), null],
      ['a', 102, 111, write(2), null],
      ['b', 103, 104, read, 2],
      ['c', 105, 106, read, 1],
    ])
    expect(toldBy(register, handMade(rows))).toEqual(['write x = 1', 'write x = 2', 'read x → 2', '! read x → 1'])
  })

  test('a value from nowhere stands alone', () => {
    expect(toldBy(register, handMade(among([['a', 100, 101, read, 7]])))).toEqual(['! read x → 7'])
  })

  test('a lost update keeps both updates and what they both started from', () => {
    const rows = among([
      ['a', 100, 103, swap(50, 1), true],
      ['b', 101, 104, swap(50, 2), true],
    ])
    expect(toldBy(register, handMade(rows))).toEqual([
      'write x = 50',
      'set x = 1 if 50 → true',
      '! set x = 2 if 50 → true',
    ])
  })

  test('the story ends with the first answer that cannot be explained, though later ones are worse', () => {
    const rows = among([
      ['a', 100, 110, write(1), null],
      ['b', 101, 102, read, 1],
      ['c', 103, 104, read, 50],
      ['c', 105, 106, read, 99],
    ])
    expect(toldBy(register, handMade(rows))).toEqual(['write x = 50', 'write x = 1', 'read x → 1', '! read x → 50'])
  })

  test('an answer that is wrong only in the light of a later one is not the culprit', () => {
    const rows = among([
      ['a', 100, 105, swap(50, 1), false],
      ['b', 101, 102, read, 1],
    ])
    const { culprit } = counterexampleOf(register, handMade(rows))
    expect(culprit.input).toEqual(swap(50, 1))
  })
})

describe('a lock', () => {
  const acquire = (owner: string): LockInput => ({ type: 'acquire', lock: 'l', owner })
  const release = (owner: string, token: number): LockInput => ({ type: 'release', lock: 'l', owner, token })
  const before: readonly Row<LockInput, LockOutput>[] = [
    ['c', 0, 1, acquire('cyd'), 1],
    ['c', 2, 3, release('cyd', 1), true],
  ]

  test('held twice is two grants', () => {
    const rows: readonly Row<LockInput, LockOutput>[] = [
      ...before,
      ['a', 4, 5, acquire('ann'), 5],
      ['b', 6, 7, acquire('bob'), 6],
    ]
    expect(toldBy(lock, handMade(rows))).toEqual(['acquire l as ann → token 5', '! acquire l as bob → token 6'])
  })

  test('a token that goes back keeps the release: without it the story would be another', () => {
    const rows: readonly Row<LockInput, LockOutput>[] = [
      ...before,
      ['a', 4, 5, acquire('ann'), 5],
      ['a', 6, 7, release('ann', 5), true],
      ['b', 8, 9, acquire('bob'), 3],
    ]
    expect(toldBy(lock, handMade(rows))).toEqual([
      'acquire l as ann → token 5',
      'release l as ann with token 5 → true',
      '! acquire l as bob → token 3',
    ])
  })
})

describe('a queue', () => {
  /** Values that come and go in order; while one waits, the next is put behind it. */
  const busy = Array.from({ length: 30 }, (_, value): readonly Row<QueueInput, QueueOutput>[] => [
    ['p', 10 * value, 10 * value + 3, put(value), null],
    ['c', 10 * value + 16, 10 * value + 17, take, value],
  ]).flat()

  test('a value taken twice keeps its enqueue and its other dequeue', () => {
    const story = toldBy(queue, handMade([...busy, ['b', 1_000, 1_001, take, 20]]))
    expect(story).toEqual(['enqueue 20 at q', 'dequeue from q → 20', '! dequeue from q → 20'])
  })

  test('values in the wrong order keep both enqueues', () => {
    const rows: readonly Row<QueueInput, QueueOutput>[] = [
      ...busy,
      ['a', 1_000, 1_001, put(100), null],
      ['a', 1_002, 1_003, put(101), null],
      ['b', 1_004, 1_005, take, 101],
    ]
    expect(toldBy(queue, handMade(rows))).toEqual(['enqueue 100 at q', 'enqueue 101 at q', '! dequeue from q → 101'])
  })

  test('a vanished value keeps nothing but itself', () => {
    const rows: readonly Row<QueueInput, QueueOutput>[] = [
      ...busy,
      ['a', 1_000, 1_001, put(100), null],
      ['b', 1_002, 1_003, take, null],
    ]
    expect(toldBy(queue, handMade(rows))).toEqual(['enqueue 100 at q', '! dequeue from q → null'])
  })

  test('without a budget for shrinking, the story is long but true', () => {
    const operations = handMade([...busy, ['b', 1_000, 1_001, take, 20] as const])
    const { operations: story, culprit } = counterexampleOf(queue, operations, 1)
    expect(story).toHaveLength(61)
    expect(culprit.id).toBe(60)
  })
})

test('laying out a question is paid from the budget, so a long history is not asked about for ever', () => {
  let laidOut = 0
  const counting: Model<RegisterValue, RegisterInput, RegisterOutput> = {
    ...register,
    foresee: (operations) => void (laidOut += operations.length),
  }
  // Each builds on the one before, so whatever is dropped is missed at once: questions of few steps, and very many.
  const chain = Array.from({ length: 200 }, (_, index): Row<RegisterInput, RegisterOutput> => {
    return ['a', 2 * index, 2 * index + 1, swap(index === 0 ? null : index, index + 1), true]
  })
  const operations = handMade([...chain, ['b', 1_000, 1_001, read, 100]])
  counterexampleOf(counting, operations, 10_000)
  const outsideTheBudget = 2 * operations.length // The check itself, and the order that is printed.
  expect(laidOut).toBeLessThanOrEqual(10_000 + outsideTheBudget)
})

describe('on random histories, the story really happened, fails, and only its last answer is wrong, for', () => {
  test('registers', () => expect(failuresTold(registerWorkload)).toBeGreaterThan(100))
  test('locks', () => expect(failuresTold(lockWorkload)).toBeGreaterThan(100))
  test('queues', () => expect(failuresTold(queueWorkload)).toBeGreaterThan(100))
  test('queues of repeated values', () => expect(failuresTold(repetitiveQueueWorkload)).toBeGreaterThan(100))
})

/** Tells many and returns how many there were. */
function failuresTold<State, Input, Output extends Answer>(workload: Workload<State, Input, Output>): number {
  let told = 0
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Prng(seed)
    const chances = { clients: 3, operations: 20, unknown: random.pick([0, 100]), failed: 20, lies: 200 }
    const operations = randomHistory(random, workload, chances)
    if (check(workload.model, operations).type !== 'not-linearizable') continue
    told++
    const example = counterexampleOf(workload.model, operations)
    const others = example.operations.filter(({ id }) => id !== example.culprit.id)
    const seen = {
      story: check(workload.model, example.operations).type,
      withoutItsLastAnswer: check(workload.model, withCulpritUnknown(example)).type,
      answeredLater: others.filter((other) => endOf(other) > endOf(example.culprit) && endOf(other) !== never),
      invented: example.operations.filter((operation) => !isFrom(operations, operation)),
      unexplained: others.filter((other) => endOf(other) !== never && !example.order.includes(other)),
    }
    expect({ seed, ...seen }).toEqual({
      seed,
      story: 'not-linearizable',
      withoutItsLastAnswer: 'linearizable',
      answeredLater: [],
      invented: [],
      unexplained: [],
    })
  }
  return told
}

function endOf<Input, Output>({ ending }: Operation<Input, Output>): number {
  return ending.type === 'completed' ? ending.at.sequence : never
}

function withCulpritUnknown<Input, Output>({
  operations,
  culprit,
}: Counterexample<Input, Output>): readonly Operation<Input, Output>[] {
  return operations.map((operation) =>
    operation.id === culprit.id ? { ...operation, ending: { type: 'unknown' } } : operation,
  )
}

/** As it was recorded, or as it stood before its answer came. */
function isFrom<Input, Output>(recorded: readonly Operation<Input, Output>[], told: Operation<Input, Output>): boolean {
  const origin = recorded[told.id]
  const isSame = origin?.input === told.input && origin.invoked === told.invoked && origin.client === told.client
  return isSame && (told.ending.type === 'unknown' || told.ending === origin.ending)
}
