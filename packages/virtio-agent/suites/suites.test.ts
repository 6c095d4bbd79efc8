import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as guestHost } from './guest-host.sim.ts'
import { suite } from './guest.sim.ts'

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

test('the suite guest holds under its faults', async () => {
  for (const seed of seeds) {
    const { violation } = await runSeed(suite, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('the suite guest-host holds under its faults', async () => {
  for (const seed of seeds.slice(0, 8)) {
    const { violation } = await runSeed(guestHost, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('a seed is the same on every run', async () => {
  const [one, other] = [await runSeed(suite, 7), await runSeed(suite, 7)]
  expect(one.traceHash).toBe(other.traceHash)
  const [third, fourth] = [await runSeed(guestHost, 7), await runSeed(guestHost, 7)]
  expect(third.traceHash).toBe(fourth.traceHash)
})
