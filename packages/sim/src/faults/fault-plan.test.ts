import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { allFaults, drawFaultPlan, kindsOf, logarithmic, within, type FaultKind } from './fault-plan.ts'

const seeds = Array.from({ length: 2_000 }, (_, index) => index + 1)

test('each admitted kind is on in about half of the seeds, and any two are on together in many', () => {
  const plans = seeds.map((seed) => new Set(kindsOf(drawFaultPlan(new Prng(seed), allFaults))))
  for (const kind of allFaults) {
    const on = plans.filter((kinds) => kinds.has(kind)).length
    expect({ kind, often: on > 900 && on < 1_100 }).toEqual({ kind, often: true })
    for (const other of allFaults) {
      const together = plans.filter((kinds) => kinds.has(kind) && kinds.has(other)).length
      expect({ kind, other, together: together > 350 }).toEqual({ kind, other, together: true })
    }
  }
})

test('a kind that the suite does not admit is never on, and leaving it out changes no other draw', () => {
  const admitted: readonly FaultKind[] = allFaults.filter((kind) => kind !== 'bit-rot')
  for (const seed of seeds) {
    const all = kindsOf(drawFaultPlan(new Prng(seed), allFaults)).filter((kind) => kind !== 'bit-rot')
    expect(kindsOf(drawFaultPlan(new Prng(seed), admitted))).toEqual(all)
  }
})

test('ranges are kept, and logarithmic draws favour no magnitude', () => {
  const random = new Prng(3)
  const draws = seeds.map(() => logarithmic(random, [1, 10_000]))
  expect(draws.every((value) => value >= 1 && value <= 10_000)).toBe(true)
  expect(draws.filter((value) => value < 100).length / draws.length).toBeCloseTo(0.5, 1)
  expect(seeds.every(() => within(random, [5, 5]) === 5)).toBe(true)
  expect(logarithmic(random, [0, 0])).toBe(0)
})
