import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { check } from './checker.ts'
import type { Operation, OperationId } from './history.ts'
import type { Model } from './model.ts'
import { queue, type QueueInput, type QueueOutput, type QueueState } from './models/queue.ts'
import { register, type RegisterInput, type RegisterOutput, type RegisterValue } from './models/register.ts'
import { handMade, never, type Row } from './testing/handmade-history.ts'
import { randomHistory, type Chances, type Workload } from './testing/random-history.ts'

type RegisterRow = Row<RegisterInput, RegisterOutput>
type RegisterOperation = Operation<RegisterInput, RegisterOutput>

const read = (key: string): RegisterInput => ({ type: 'read', key })
const write = (key: string, value: number): RegisterInput => ({ type: 'write', key, value })

describe('keys', () => {
  const rows: readonly RegisterRow[] = [
    ['a', 0, 1, write('good', 1), null],
    ['a', 2, 3, write('bad', 1), null],
    ['b', 4, 5, read('good'), 1],
    ['b', 6, 7, read('bad'), null],
    ['b', 8, 9, read('good'), 1],
  ]

  test('are judged apart, and the one that fails is named', () => {
    expect(check(register, handMade(rows))).toMatchObject({
      type: 'not-linearizable',
      key: 'bad',
      operations: [{ id: 1 }, { id: 3 }],
      stuck: { id: 3 },
    })
  })

  test('that explode neither hide nor starve the others', () => {
    const exploding = explodingRows(12, 'huge')
    const verdict = check(register, handMade([...exploding, ...moved(rows, 1_000)]), { stepsMax: 1_000 })
    expect(verdict).toMatchObject({ type: 'not-linearizable', key: 'bad' })
    const good = moved(rows, 1_000).filter(([, , , { key }]) => key === 'good')
    expect(check(register, handMade([...exploding, ...good]), { stepsMax: 1_000 })).toMatchObject({
      type: 'undecided',
      keys: ['huge'],
    })
  })
})

describe('the budget is shared between keys:', () => {
  test('one that explodes leaves enough for a larger one', () => {
    const long: readonly RegisterRow[] = Array.from({ length: 30 }, (_, index) => {
      return ['a', 1_000 + 2 * index, 1_001 + 2 * index, write('long', index), null]
    })
    const wrong: RegisterRow = ['a', 2_000, 2_001, read('long'), 7]
    const verdict = check(register, handMade([...explodingRows(12, 'small'), ...long, wrong]), { stepsMax: 1_000 })
    expect(verdict).toMatchObject({ type: 'not-linearizable', key: 'long' })
  })

  test('what the small ones leave over goes to the large ones', () => {
    const rows: readonly RegisterRow[] = Array.from({ length: 40 }, (_, index) => {
      return ['a', 2 * index, 2 * index + 1, write(index === 0 ? 'small' : 'large', index), null]
    })
    const { steps } = check(register, handMade(rows))
    expect(check(register, handMade(rows), { stepsMax: steps + 2 }).type).toBe('linearizable')
  })
})

describe('what is left out', () => {
  test('a failed operation explains nothing and needs no explanation', () => {
    const [wrote, sawIt] = handMade<RegisterInput, RegisterOutput>([
      ['a', 0, 1, write('x', 1), null],
      ['b', 2, 3, read('x'), 1],
    ]) as readonly [RegisterOperation, RegisterOperation]
    const failed = (operation: RegisterOperation): RegisterOperation => {
      return { ...operation, ending: { type: 'failed', at: { sequence: 9, atMs: 9 } } }
    }
    expect(check(register, [wrote, failed(sawIt)]).type).toBe('linearizable')
    expect(check(register, [failed(wrote), sawIt]).type).toBe('not-linearizable')
  })
})

describe('a budget', () => {
  const exploding = handMade(explodingRows(16, 'x'))

  test.each([1, 10, 1_000, 100_000])('of %i steps ends a history that explodes as undecided', (stepsMax) => {
    const verdict = check(register, exploding, { stepsMax })
    expect(verdict).toMatchObject({ type: 'undecided', keys: ['x'] })
    expect(verdict.steps).toBeLessThanOrEqual(stepsMax)
  })

  test('that is just enough gives the verdict, and one step less does not', () => {
    const small = handMade(explodingRows(4, 'x'))
    const { type, steps } = check(register, small)
    expect(type).toBe('not-linearizable')
    expect(check(register, small, { stepsMax: steps + 1 })).toMatchObject({ type: 'not-linearizable', steps })
    expect(check(register, small, { stepsMax: steps - 1 }).type).toBe('undecided')
  })

  test('is a whole number: nothing may go on for ever', () => {
    expect(() => check(register, exploding, { stepsMax: Infinity })).toThrow('stepsMax is a whole number')
    expect(() => check(register, exploding, { stepsMax: Number.NaN })).toThrow('stepsMax is a whole number')
  })

  test('is also over when the caller says so', () => {
    let asked = 0
    const verdict = check(register, exploding, { shouldStop: () => ++asked > 3 })
    expect(verdict.type).toBe('undecided')
    expect(asked).toBe(4)
  })

  test('ends unanswered operations that build on each other, too', () => {
    const rows: readonly Row<QueueInput, QueueOutput>[] = Array.from({ length: 40 }, (_, index) => {
      return ['a', index, never, { type: 'enqueue', queue: 'q', value: index % 20 }] // Twice each: no foresight.
    })
    const impossible: Row<QueueInput, QueueOutput> = ['b', 100, 101, { type: 'dequeue', queue: 'q' }, 99]
    expect(check(queue, handMade([...rows, impossible]), { stepsMax: 50_000 }).type).toBe('undecided')
  })
})

describe('a history that is none', () => {
  test.each<[string, readonly RegisterRow[]]>([
    [
      'an event number used twice',
      [
        ['a', 0, 1, read('x'), null],
        ['b', 1, 2, read('x'), null],
      ],
    ],
    ['a return before the call', [['a', 3, 1, read('x'), null]]],
    ['a number below 0', [['a', -1, 1, read('x'), null]]],
    ['a number that is no number', [['a', Number.NaN, 1, read('x'), null]]],
  ])('is refused: %s', (_, rows) => {
    expect(() => check(register, handMade(rows))).toThrow('this is no history')
  })

  test('is refused: an id used twice', () => {
    const [one] = handMade<RegisterInput, RegisterOutput>([['a', 0, 1, read('x'), null]]) as readonly [
      RegisterOperation,
    ]
    const other = { ...one, invoked: { sequence: 2, atMs: 2 }, ending: { type: 'unknown' } as const }
    expect(() => check(register, [one, other])).toThrow('the same id')
  })
})

describe('size', () => {
  /** Each written value is new, as in most real workloads. */
  const busyRegisters = (keys: number): Workload<RegisterValue, RegisterInput, RegisterOutput> => ({
    model: register,
    draw: (random, index) => {
      const key = `k${random.below(keys)}`
      return random.chance(1, 2) ? read(key) : write(key, index)
    },
    answers: () => [],
  })
  const calm: Chances = { clients: 10, operations: 10_000, unknown: 0, failed: 0, lies: 0 }

  test('hardly more than a step an operation for 10 000 operations of 10 clients on 100 keys', () => {
    const operations = registerHistory(new Prng(1), busyRegisters(100), calm)
    const verdict = check(register, operations)
    expect(verdict.type).toBe('linearizable')
    expect(verdict.steps).toBeLessThan(2 * operations.length)
  })

  test('100 000 operations on one key neither overflow the stack nor lay out memory for every pair', () => {
    const operations = registerHistory(new Prng(2), busyRegisters(1), { ...calm, clients: 3, operations: 100_000 })
    expect(check(register, operations).type).toBe('linearizable')
  })

  test('dozens of unanswered writes on one key do not double the work each', () => {
    const operations = registerHistory(new Prng(3), busyRegisters(1), { ...calm, operations: 500, unknown: 100 })
    expect(check(register, operations).type).toBe('linearizable')
    expect(check(register, followedBy(operations, ['z', 1e6, 1e6 + 1, read('k0'), -1])).type).toBe('not-linearizable')
  })

  test('nor do those on one queue, whether they took effect or not', () => {
    const busyQueue: Workload<QueueState, QueueInput, QueueOutput> = {
      model: queue,
      draw: (random, index) =>
        random.chance(3, 5) ? { type: 'enqueue', queue: 'q', value: index } : { type: 'dequeue', queue: 'q' },
      answers: (input, called) => (input.type === 'enqueue' ? [null] : [...Array(called).keys(), null]),
    }
    const chances = { ...calm, clients: 4, operations: 300, unknown: 100 }
    const operations = randomHistory(new Prng(4), busyQueue, chances)
    const impossible: Row<QueueInput, QueueOutput> = ['z', 1e6, 1e6 + 1, { type: 'dequeue', queue: 'q' }, -1]
    expect(check(queue, operations).type).toBe('linearizable')
    const { type, steps } = check(queue, followedBy(operations, impossible))
    expect({ type, isQuick: steps < 20_000 }).toEqual({ type: 'not-linearizable', isQuick: true })
  })
})

test('a model may be an object of a class', () => {
  class Counter implements Model<number, 'add', number> {
    readonly name = 'counter'
    readonly #first = 0
    init(): number {
      return this.#first
    }
    step(state: number, _: 'add', output: number | undefined): readonly number[] {
      return output === undefined || output === state + 1 ? [state + 1] : []
    }
    identify(state: number): string {
      return String(state)
    }
    describe(): string {
      return 'add'
    }
  }
  const rows: readonly Row<'add', number>[] = [
    ['a', 0, 2, 'add', 1],
    ['b', 1, 3, 'add', 2],
  ]
  expect(check(new Counter(), handMade(rows)).type).toBe('linearizable')
})

function followedBy<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  row: Row<Input, Output>,
): readonly Operation<Input, Output>[] {
  const id = operations.length as OperationId
  return [...operations, ...handMade([row]).map((operation) => ({ ...operation, id }))]
}

/** All at once, each to a value of its own, and a read between of what nobody wrote: every order must be tried. */
function explodingRows(writers: number, key: string): readonly RegisterRow[] {
  const writes: readonly RegisterRow[] = Array.from({ length: writers }, (_, index) => {
    return [`w${index}`, index, 100 + index, write(key, index), null]
  })
  return [...writes, ['r', 50, 200, read(key), -1]]
}

function moved(rows: readonly RegisterRow[], by: number): readonly RegisterRow[] {
  return rows.map(([client, call, end, ...rest]) => [client, call + by, end + by, ...rest])
}

/** A register's honest answers come from too many values to list, so they are found by asking what is there. */
function registerHistory(
  random: Prng,
  workload: Workload<RegisterValue, RegisterInput, RegisterOutput>,
  chances: Chances,
): readonly RegisterOperation[] {
  const values = new Map<string, RegisterValue>()
  const answers = (input: RegisterInput): readonly RegisterOutput[] => {
    if (input.type === 'read') return [values.get(input.key) ?? null]
    if (input.type === 'write') values.set(input.key, input.value)
    return [null]
  }
  return randomHistory(random, { ...workload, answers }, chances)
}
