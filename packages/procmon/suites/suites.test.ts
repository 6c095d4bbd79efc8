import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as eyes } from './eyes.sim.ts'

const seeds = Array.from({ length: 15 }, (_, index) => index + 1)

test('eyes hold under their faults', async () => {
  for (const seed of seeds) {
    const { violation } = await runSeed(eyes, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('eyes are the same on every run of a seed', async () => {
  const [one, other] = [await runSeed(eyes, 7), await runSeed(eyes, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
