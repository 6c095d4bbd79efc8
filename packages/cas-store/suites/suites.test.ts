import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as rot } from './cas-rot.sim.ts'
import { suite as cas } from './cas.sim.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each([cas, rot])('$name holds under its faults', async (suite) => {
  for (const seed of seeds) {
    const { violation } = await runSeed(suite, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('it is the same on every run of a seed', async () => {
  const [one, other] = [await runSeed(cas, 7), await runSeed(cas, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
