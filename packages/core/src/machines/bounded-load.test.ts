import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng } from '../random/index.ts'
import { assignBounded } from './bounded-load.ts'
import { HashRing } from './hash-ring.ts'

const keysOf = (count: number, seed: number = 0): string[] =>
  Array.from({ length: count }, (_, index) => `key/${seed}/${index}`)

function loadsOf(assigned: ReadonlyMap<string, string>): Map<string, number> {
  const loads = new Map<string, number>()
  for (const id of assigned.values()) loads.set(id, (loads.get(id) ?? 0) + 1)
  return loads
}

describe('an assignment with bounded loads', () => {
  test('gives every key to one member, and keeps the fullest under 1.25 times the mean', () => {
    for (let seed = 0; seed < 60; seed++) {
      const prng = new Prng(seed)
      const count = prng.between(1, 40)
      const keys = keysOf(count * prng.between(4, 60) + prng.below(count), seed)
      const assigned = assignBounded(new HashRing(Array.from({ length: count }, (_, id) => ({ id: `m${id}` }))), keys)
      expect(assigned.size).toBe(keys.length)
      const fullest = Math.max(...loadsOf(assigned).values())
      const under = fullest < (1.25 * keys.length) / count || count === 1 || fullest
      expect({ seed, under }).toEqual({ seed, under: true })
    }
  })

  test('with fewer keys than that, keeps the fullest at the mean rounded up', () => {
    for (let keys = 0; keys < 40; keys++) {
      const assigned = assignBounded(
        new HashRing(Array.from({ length: 10 }, (_, id) => ({ id: `m${id}` }))),
        keysOf(keys),
      )
      expect(assigned.size).toBe(keys)
      expect(Math.max(0, ...loadsOf(assigned).values())).toBeLessThanOrEqual(Math.ceil(keys / 10))
    }
  })

  test('bounds each member by its weight', () => {
    const members = [1, 2, 4, 1, 2, 4].map((weight, index) => ({ id: `m${index}`, weight }))
    const loads = loadsOf(assignBounded(new HashRing(members), keysOf(1_400), { loadPercentMax: 105 }))
    for (const { id, weight } of members) expect(loads.get(id) ?? 0).toBeLessThan(weight * 100 * 1.05)
  })

  test('does as the dumb twin does, whatever the order of the keys', () => {
    const cases = fc.tuple(
      fc.uniqueArray(fc.record({ id: fc.string({ maxLength: 3 }), weight: fc.constantFrom(0.5, 1, 3) }), {
        maxLength: 6,
        selector: ({ id }) => id,
      }),
      fc.array(fc.string({ maxLength: 3 }), { maxLength: 60 }),
      fc.integer({ min: 101, max: 400 }),
    )
    fc.assert(
      fc.property(cases, ([members, keys, loadPercentMax]) => {
        const ring = new HashRing(members, { virtualNodes: 8 })
        const expected = dumbAssignment(ring, keys, loadPercentMax)
        expect(assignBounded(ring, keys, { loadPercentMax })).toEqual(expected)
        expect(assignBounded(ring, keys.toReversed(), { loadPercentMax })).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('on an empty ring is empty; on a ring with room for all, is what the ring says', () => {
    expect(assignBounded(new HashRing([]), keysOf(3)).size).toBe(0)
    const ring = new HashRing([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    for (const [key, id] of assignBounded(ring, keysOf(300), { loadPercentMax: 1_000 }))
      expect(id).toBe(ring.owner(key))
  })

  test('refuses a limit at which not all keys would have room', () => {
    expect(() => assignBounded(new HashRing([]), [], { loadPercentMax: 100 })).toThrow(
      'bounded load: loadPercentMax is 100; it must be a whole number from 101 to 1000',
    )
  })
})

/** Walks whole lists of owners and works with fractions. */
function dumbAssignment(ring: HashRing, keys: readonly string[], percent: number): Map<string, string> {
  const distinct = keys.filter((key, index) => keys.indexOf(key) === index).toSorted((a, b) => (a < b ? -1 : 1))
  const total = ring.members.reduce((sum, { virtualNodes }) => sum + virtualNodes, 0)
  const assigned = new Map<string, string>()
  for (const key of distinct) {
    for (const id of ring.owners(key, ring.members.length)) {
      const nodes = ring.members.find((member) => member.id === id)?.virtualNodes ?? 0
      const load = [...assigned.values()].filter((owner) => owner === id).length + 1
      const underFairShare = (load - 1) * total < distinct.length * nodes
      const underLimit = load * total * 100 < distinct.length * nodes * percent
      if (!underFairShare && !underLimit) continue
      assigned.set(key, id)
      break
    }
  }
  return assigned
}
