import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as sharp } from './locks-sharp.sim.ts'
import { suite as locks } from './locks.sim.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each([locks, sharp])('$name holds under its faults', async (suite) => {
  for (const seed of seeds) {
    const { violation } = await runSeed(suite, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('locks are the same on every run of a seed', async () => {
  const [one, other] = [await runSeed(locks, 7), await runSeed(locks, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
