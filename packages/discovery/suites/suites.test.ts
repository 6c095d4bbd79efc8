import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as membership } from './membership.sim.ts'

const seeds = Array.from({ length: 25 }, (_, index) => index + 1)

test('membership holds under its faults', async () => {
  for (const seed of seeds) {
    const { violation } = await runSeed(membership, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('membership is the same on every run of a seed', async () => {
  const [one, other] = [await runSeed(membership, 7), await runSeed(membership, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
