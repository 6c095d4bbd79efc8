import { Prng } from '@flotilla/core/random'
import type { Bench, Running } from '@flotilla/core/testing'
import { runSeed, type SeedOutcome } from '@flotilla/sim'
import { check, register, type RegisterInput, type RegisterOutput, type RegisterValue } from '@flotilla/sim/history'
import { randomHistory, type Workload } from '../src/history/testing/random-history.ts'
import { suite } from '../suites/quorum-register/quorum-register.sim.ts'

/** Lives the same seeds in every round. */
function living(measure: (outcome: SeedOutcome) => number): Running {
  return {
    async work(count) {
      let measured = 0
      for (let seed = 1; seed <= count; seed++) {
        const outcome = await runSeed(suite, seed)
        if (outcome.violation !== undefined) throw new Error(`seed ${seed}: ${outcome.violation.sentence}`)
        measured += measure(outcome)
      }
      return measured
    },
  }
}

const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`)

/** Few values, so that different orders often explain the same answer. */
const workload: Workload<RegisterValue, RegisterInput, RegisterOutput> = {
  model: register,
  draw(random) {
    const key = random.pick(keys)
    const value = random.below(5)
    const type = random.pick(['read', 'write', 'compare-and-set'] as const)
    return type === 'compare-and-set' ? { type, key, expected: random.below(5), value } : { type, key, value }
  },
  answers: ({ type }) => (type === 'read' ? [null, 0, 1, 2, 3, 4] : type === 'write' ? [null] : [true, false]),
}

/** One operation in a hundred has an answer that nobody saw. */
function checking(operations: number): () => void {
  const chances = { clients: 10, operations, unknown: 10, failed: 0, lies: 0 }
  const history = randomHistory(new Prng(1), workload, chances)
  return () => {
    const { type } = check(register, history)
    if (type !== 'linearizable') throw new Error(`an honest history is said to be ${type}`)
  }
}

/** Checks it so many times, and counts what every time comes to. */
function repeated(once: () => void, units: number): Running {
  return {
    work(count) {
      for (let done = 0; done < count; done++) once()
      return count * units
    },
  }
}

export const bench: Bench = {
  name: 'sim',
  summary: 'One thread lives the seeds of the quorum-register suite, six hosts under faults, and checks histories.',
  figures: [
    { metric: 'quorum-register, events', unit: 'events', ours: () => living(({ steps }) => steps) },
    {
      metric: 'quorum-register, virtual time',
      unit: 'hours of life',
      ours: () => living(({ virtualMs }) => virtualMs / 3.6e6),
    },
    {
      metric: 'linearizability of 10,000 operations, 10 clients, 100 keys',
      unit: 'operations',
      ours: () => repeated(checking(10_000), 10_000),
    },
  ],
  curves: [
    {
      metric: 'linearizability, 10 clients, 100 keys',
      items: 'operations',
      start: (operations) => repeated(checking(operations), 1),
    },
  ],
}
