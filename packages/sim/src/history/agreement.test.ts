import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { Budget } from './budget.ts'
import { check } from './checker.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { search } from './search.ts'
import { isLinearizableByBruteForce } from './testing/brute-force.ts'
import { randomHistory, type Chances, type Workload } from './testing/random-history.ts'
import { lockWorkload, queueWorkload, registerWorkload, repetitiveQueueWorkload } from './testing/workloads.ts'

const historiesPerWorkload = 2_000

/** Some seeds have many unanswered operations, some none; most have a lie. */
function chancesOf(random: Prng, operationsMax: number): Chances {
  return {
    clients: random.between(2, 4),
    operations: random.between(2, operationsMax),
    unknown: random.pick([0, 100, 300]),
    failed: random.pick([0, 50]),
    lies: random.pick([0, 300, 600]),
  }
}

interface Tally {
  linearizable: number
  notLinearizable: number
}

/** Each verdict must have been put to the test many times. */
function bothInQuantity({ linearizable, notLinearizable }: Tally): boolean {
  return Math.min(linearizable, notLinearizable) > historiesPerWorkload / 5
}

function compareWithTwin<State, Input, Output extends Answer>(workload: Workload<State, Input, Output>): Tally {
  const tally = { linearizable: 0, notLinearizable: 0 }
  for (let seed = 1; seed <= historiesPerWorkload; seed++) {
    const random = new Prng(seed)
    const operations = randomHistory(random, workload, chancesOf(random, seed % 10 === 0 ? 7 : 6))
    const expected = isLinearizableByBruteForce(workload.model, operations)
    tally[expected ? 'linearizable' : 'notLinearizable']++
    const verdict = check(workload.model, operations).type
    expect({ seed, verdict }).toEqual({ seed, verdict: expected ? 'linearizable' : 'not-linearizable' })
  }
  return tally
}

describe('the checker and the brute-force twin agree on random histories of', () => {
  test('registers', () => {
    expect(compareWithTwin(registerWorkload)).toSatisfy(bothInQuantity)
  })
  test('locks', () => {
    expect(compareWithTwin(lockWorkload)).toSatisfy(bothInQuantity)
  })
  test('queues of distinct values', () => {
    expect(compareWithTwin(queueWorkload)).toSatisfy(bothInQuantity)
  })
  test('queues of repeated values', () => {
    expect(compareWithTwin(repetitiveQueueWorkload)).toSatisfy(bothInQuantity)
  })
})

test('they agree where answers have been struck out, as the shrinking does', () => {
  const tally = { linearizable: 0, notLinearizable: 0 }
  for (let seed = 1; seed <= historiesPerWorkload; seed++) {
    const random = new Prng(seed)
    const operations = randomHistory(random, queueWorkload, { ...chancesOf(random, 6), lies: 600 })
      .filter(({ ending }) => ending.type !== 'failed')
      .map((operation) => (random.chance(1, 4) ? withAnswerStruckOut(operation) : operation))
    const expected = isLinearizableByBruteForce(queueWorkload.model, operations)
    tally[expected ? 'linearizable' : 'notLinearizable']++
    const found = search(queueWorkload.model, operations, new Budget(100_000)).type
    expect({ seed, found }).toEqual({ seed, found: expected ? 'found' : 'exhausted' })
  }
  expect(tally).toSatisfy(bothInQuantity)
})

describe('on longer histories, what a model tells the checker to spare it work changes no verdict for', () => {
  test('registers', () => {
    expect(compareWithoutHints(registerWorkload)).toSatisfy(bothInQuantity)
  })
  test('locks', () => {
    expect(compareWithoutHints(lockWorkload)).toSatisfy(bothInQuantity)
  })
  test('queues', () => {
    expect(compareWithoutHints(queueWorkload)).toSatisfy(bothInQuantity)
  })
})

function compareWithoutHints<State, Input, Output extends Answer>(workload: Workload<State, Input, Output>): Tally {
  const tally = { linearizable: 0, notLinearizable: 0 }
  const plain: Model<State, Input, Output> = { ...workload.model, isReadOnly: () => false, foresee: () => undefined }
  for (let seed = 1; seed <= historiesPerWorkload; seed++) {
    const random = new Prng(seed)
    const chances = {
      clients: 4,
      operations: 14,
      unknown: random.pick([0, 150]),
      failed: 20,
      lies: random.pick([0, 200, 400]),
    }
    const operations = randomHistory(random, workload, chances)
    const expected = check(plain, operations).type
    expect(expected).not.toBe('undecided')
    tally[expected === 'linearizable' ? 'linearizable' : 'notLinearizable']++
    expect({ seed, verdict: check(workload.model, operations).type }).toEqual({ seed, verdict: expected })
  }
  return tally
}

function withAnswerStruckOut<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output | undefined> {
  const { ending } = operation
  return ending.type === 'completed' ? { ...operation, ending: { ...ending, output: undefined } } : operation
}

test('a nondeterministic model is searched in all its states', () => {
  const tally = { linearizable: 0, notLinearizable: 0 }
  for (let seed = 1; seed <= historiesPerWorkload; seed++) {
    const random = new Prng(seed)
    const operations = randomHistory(random, diceWorkload, { ...chancesOf(random, 7), lies: 600 })
    const expected = isLinearizableByBruteForce(dice, operations)
    tally[expected ? 'linearizable' : 'notLinearizable']++
    expect({ seed, type: check(dice, operations).type === 'linearizable' }).toEqual({ seed, type: expected })
  }
  expect(tally).toSatisfy(bothInQuantity)
})

type DiceInput = 'throw' | 'look'

/** A die that is thrown by one and read by another, and has no sides before it is thrown. */
const dice: Model<number, DiceInput, number> = {
  name: 'dice',
  init: () => 0,
  step: (state, input, output) =>
    input === 'throw' ? [1, 2, 3] : output === undefined || output === state ? [state] : [],
  identify: String,
  describe: (input, output) => `${input} ${output ?? '?'}`,
}

const diceWorkload: Workload<number, DiceInput, number> = {
  model: dice,
  draw: (random) => random.pick(['throw', 'look']),
  answers: (input) => (input === 'throw' ? [0] : [0, 1, 2, 3]),
}
