import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '@flotilla/core/random'
import { OriginRate } from './origin-rate.ts'

/** The same rule, looked up run by run. */
function isWithin(counts: ReadonlyMap<number, number>, perSlotMax: number, burst: number): boolean {
  const slots = [...counts.keys()]
  const [first, last] = [Math.min(...slots), Math.max(...slots)]
  for (let from = first; from <= last; from++) {
    let sum = 0
    for (let to = from; to <= last; to++) {
      sum += counts.get(to) ?? 0
      if (sum > burst + (to - from + 1) * perSlotMax) return false
    }
  }
  return true
}

test('takes exactly what breaks the rule in no run of slots', () => {
  const slots = fc.array(fc.integer({ min: 100, max: 112 }), { maxLength: 60 })
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), (drawn, perSlotMax, burst) => {
      const rate = new OriginRate({ perSlotMax, burst })
      const counts = new Map<number, number>()
      for (const slot of drawn) {
        const more = new Map(counts).set(slot, (counts.get(slot) ?? 0) + 1)
        const fits = isWithin(more, perSlotMax, burst)
        expect(rate.take(slot)).toBe(fits)
        if (fits) counts.set(slot, (counts.get(slot) ?? 0) + 1)
      }
    }),
    { numRuns: 500 },
  )
})

test('half a minute of an honest member passes at once and in any order, as after a cut', () => {
  const rate = new OriginRate({ perSlotMax: 100, burst: 100 })
  const slots = Array.from({ length: 3_000 }, (_, index) => Math.floor(index / 100))
  for (const slot of new Prng(1).shuffled(slots)) expect(rate.take(slot)).toBe(true)
})

test('a flood is cut off at the rate and the burst, however it is spread over the time stamps', () => {
  const rate = new OriginRate({ perSlotMax: 100, burst: 50 })
  let taken = 0
  for (let sent = 0; sent < 10_000; sent++) if (rate.take(sent % 10)) taken++
  expect(taken).toBe(10 * 100 + 50)
})

test('what is forgotten makes room, before and after the window', () => {
  const rate = new OriginRate({ perSlotMax: 1, burst: 1 })
  for (const slot of [5, 5, 900]) expect(rate.take(slot)).toBe(true)
  expect(rate.take(5)).toBe(false)
  rate.forgetOutside(6, 20)
  expect(rate.isIdle).toBe(true)
  expect(rate.take(5)).toBe(true)
})
