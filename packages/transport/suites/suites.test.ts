import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite } from './mesh.sim.ts'

test('the mesh holds under its faults, and a seed runs the same way twice', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [once, again] = [await runSeed(suite, seed), await runSeed(suite, seed)]
    expect({ seed, violation: once.violation }).toEqual({ seed, violation: undefined })
    expect({ seed, hash: again.traceHash }).toEqual({ seed, hash: once.traceHash })
  }
})
