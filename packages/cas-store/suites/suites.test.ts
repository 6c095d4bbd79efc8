import { runSeed } from '@flotilla/sim'
import { expect, test } from 'vitest'
import { suite as meshLies } from './cas-mesh-lies.sim.ts'
import { suite as meshRot } from './cas-mesh-rot.sim.ts'
import { suite as mesh } from './cas-mesh.sim.ts'
import { suite as rot } from './cas-rot.sim.ts'
import { suite as cas } from './cas.sim.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each([cas, rot])('$name holds under its faults', async (suite) => {
  for (const seed of seeds) {
    const { violation } = await runSeed(suite, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test.each([mesh, meshRot, meshLies])('$name holds under its faults', async (suite) => {
  for (const seed of seeds.slice(0, 6)) {
    const { violation } = await runSeed(suite, seed)
    expect({ seed, violation }).toEqual({ seed, violation: undefined })
  }
})

test.each([cas, mesh])('$name is the same on every run of a seed', async (suite) => {
  const [one, other] = [await runSeed(suite, 7), await runSeed(suite, 7)]
  expect(one.traceHash).toBe(other.traceHash)
})
