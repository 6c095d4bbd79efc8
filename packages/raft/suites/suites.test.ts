import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as raft } from './raft.sim.ts'

const seeds = Array.from({ length: 25 }, (_, index) => index + 1)

test('raft holds under its faults', async () => {
  for (const seed of seeds) {
    const { violation } = await runSeed(raft, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test('raft is the same on every run of a seed', async () => {
  const [one, other] = [await runSeed(raft, 7), await runSeed(raft, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
