import { expect, test } from 'vitest'
import { CrashWorld } from './doubles/node-crash-world.ts'

/** More of them, and others, by hand: `SEEDS=2000 SEED=1000`. */
const seedsTotal = Number(process.env['SEEDS'] ?? 150)
const firstSeed = Number(process.env['SEED'] ?? 1)
const livesPerSeed = 5

test(`${seedsTotal} worlds: what was promised survives every crash and collection, whole`, async () => {
  const outcomes = new Set<string>()
  for (let seed = firstSeed; seed < firstSeed + seedsTotal; seed++) {
    const world = new CrashWorld(seed)
    try {
      for (let life = 0; life < livesPerSeed; life++) await world.live()
      await world.rest()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    for (const outcome of world.outcomes) outcomes.add(outcome)
  }
  // The worlds were hard enough: each thing that can happen did.
  expect([...outcomes].filter((outcome) => !outcome.startsWith('nothing')).toSorted()).toEqual([
    'collected',
    'collection given up',
    'deleted',
    'disk-full',
    'gave up',
    'io-failed',
    'overloaded',
    'packs removed',
    'put',
    'read',
    'resealed',
    'scrubbed',
    'shared',
    'touched',
  ])
})
