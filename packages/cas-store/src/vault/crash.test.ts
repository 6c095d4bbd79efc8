import { expect, test } from 'vitest'
import { CrashWorld } from './doubles/node-crash-world.ts'

const seedsTotal = Number(process.env['SEEDS'] ?? 150)
const firstSeed = Number(process.env['SEED'] ?? 1)
const livesPerSeed = 5

test(`${seedsTotal} worlds: what was promised survives every crash and collection, whole`, async () => {
  const outcomes = new Map<string, number>()
  for (let seed = firstSeed; seed < firstSeed + seedsTotal; seed++) {
    const world = new CrashWorld(seed)
    try {
      for (let life = 0; life < livesPerSeed; life++) await world.live()
      await world.rest()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    for (const outcome of world.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  // The worlds were hard enough: each thing that can happen did.
  if (process.env['SEEDS'] === undefined) expect([...outcomes.keys()].toSorted()).toEqual([])
})
