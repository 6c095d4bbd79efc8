import type { NodeId } from '@flotilla/core/ids'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOfStep, freeStep, isFull, weightOf } from './free-space.ts'
import { ranking, type Candidate } from './ranking.ts'

const lots = Array.from({ length: 6_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 0)
const nodes = (weights: readonly number[]): readonly Candidate[] =>
  weights.map((weight, index) => ({ node: `node ${index}` as NodeId, weight }))

describe('the ranking', () => {
  test('gives everybody as much as his weight says', () => {
    const weights = [1, 2, 4, 1, 8]
    const candidates = nodes(weights)
    const firsts = new Map<NodeId, number>()
    for (const lot of lots) {
      const [first] = ranking(lot, candidates)
      if (first !== undefined) firsts.set(first, (firsts.get(first) ?? 0) + 1)
    }
    for (const { node, weight } of candidates) {
      const share = (firsts.get(node) ?? 0) / lots.length
      expect(Math.abs(share - weight / 16)).toBeLessThan(0.03)
    }
  })

  test('moves only what a newcomer gets, and what somebody who leaves had', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1, 2, 4), { minLength: 2, maxLength: 7 }), fc.nat(2 ** 32 - 1), (w, lot) => {
        const candidates = nodes(w)
        const [newcomer] = candidates
        const before = ranking(lot, candidates.slice(1))
        const after = ranking(lot, candidates)
        expect(after.filter((node) => node !== newcomer?.node)).toEqual(before)
      }),
    )
  })

  test('changes only for whose weight has changed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1, 2, 4), { minLength: 3, maxLength: 7 }), fc.nat(2 ** 32 - 1), (w, lot) => {
        const before = ranking(lot, nodes(w))
        const grown = nodes(w.map((weight, index) => (index === 0 ? 2 * weight : weight)))
        const after = ranking(lot, grown)
        const node = 'node 0' as NodeId
        expect(after.filter((other) => other !== node)).toEqual(before.filter((other) => other !== node))
        expect(after.indexOf(node)).toBeLessThanOrEqual(before.indexOf(node))
      }),
    )
  })

  test('is the same in whatever order the members are told', () => {
    const candidates = nodes([1, 2, 3, 4])
    for (const lot of lots.slice(0, 50)) {
      expect(ranking(lot, candidates.toReversed())).toEqual(ranking(lot, candidates))
    }
  })
})

describe('free space', () => {
  const gib = 2 ** 30

  test('comes in steps that do not change with every blob', () => {
    let step = freeStep(8.1 * gib, undefined)
    expect(step).toBe(4)
    const seen = new Set<number>()
    for (let at = 0; at < 100; at++) {
      step = freeStep((8 + Math.sin(at)) * gib, step)
      seen.add(step)
    }
    expect([...seen]).toEqual([4])
    expect(freeStep(6 * gib, step)).toBe(3)
    expect(freeStep(10.1 * gib, 3)).toBe(4)
    expect(freeStep(9 * gib, 3)).toBe(3)
  })

  test('that is nearly none takes nothing', () => {
    expect(isFull(bytesOfStep(freeStep(gib - 1, undefined)))).toBe(true)
    expect(isFull(bytesOfStep(freeStep(gib, undefined)))).toBe(false)
    expect(weightOf(0)).toBeGreaterThan(0)
    expect(freeStep(NaN, undefined)).toBe(0)
  })

  test('is a whole number that can be told, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.constant(Infinity)), fc.option(fc.nat(23)), (bytes, before) => {
        const told = bytesOfStep(freeStep(bytes, before ?? undefined))
        expect(Number.isSafeInteger(told) && told >= 0).toBe(true)
      }),
    )
  })
})
