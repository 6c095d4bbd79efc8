import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng } from './prng.ts'

const draw = (prng: Prng, count: number): number[] => Array.from({ length: count }, () => prng.u32())

describe('a prng', () => {
  test('draws what xoshiro128** draws in whole numbers without end, seeded by splitmix32', () => {
    for (const seed of [0, 1, -1, 42, 0xdeadbeef, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      expect({ seed, drawn: draw(new Prng(seed), 200) }).toEqual({ seed, drawn: slowXoshiro(seed, 200) })
    }
  })

  test('draws the same for ever: these numbers must not change, or stored seeds replay something else', () => {
    expect(draw(new Prng(1), 4)).toEqual(pinned.u32)
    expect(new Prng(1).split('network').u32()).toBe(pinned.split)
    expect([...new Prng(1).bytes(4)]).toEqual(pinned.u32.map((word) => word >>> 24))
  })

  test('other seeds draw other numbers, and each seed draws its own again', () => {
    const first = new Set(Array.from({ length: 1_000 }, (_, seed) => draw(new Prng(seed), 2).join()))
    expect(first.size).toBe(1_000)
    expect(draw(new Prng(7), 10)).toEqual(draw(new Prng(7), 10))
  })

  test('spreads evenly over 16 parts (chi squared, 5 standard deviations)', () => {
    for (let seed = 0; seed < 20; seed++) {
      const prng = new Prng(seed)
      const counts = Array.from({ length: 16 }, () => 0)
      const draws = 16_000
      for (let index = 0; index < draws; index++) {
        const part = prng.below(16)
        counts[part] = (counts[part] ?? 0) + 1
      }
      const chiSquared = counts.reduce((sum, count) => sum + (count - draws / 16) ** 2 / (draws / 16), 0)
      expect({ seed, even: chiSquared < 15 + 5 * Math.sqrt(30) }).toEqual({ seed, even: true })
    }
  })
})

describe('what is drawn from a prng', () => {
  test('below and between stay in bounds, the bounds included', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), fc.integer(), (seed, count, least) => {
        const prng = new Prng(seed)
        for (let index = 0; index < 20; index++) {
          const drawn = prng.below(count)
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < count).toBe(true)
          const between = prng.between(least, least + count - 1)
          expect(between >= least && between < least + count).toBe(true)
        }
      }),
    )
    const drawn = new Set(Array.from({ length: 100 }, (_, seed) => new Prng(seed).between(-1, 1)))
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([-1, 0, 1])
  })

  test('below favours nobody where the count does not divide 2^32', () => {
    // Of 3 * 2^30 numbers, a plain remainder would draw the lowest third twice as often as the others.
    const prng = new Prng(3)
    const low = Array.from({ length: 30_000 }, () => prng.below(3 * 2 ** 30)).filter((drawn) => drawn < 2 ** 30)
    expect(Math.abs(low.length - 10_000)).toBeLessThan(500)
  })

  test('below refuses what is no count', () => {
    for (const count of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      expect(() => new Prng(1).below(count)).toThrow('below() takes an integer from 1 to 2^32')
    }
  })

  test('chance is never for 0, always for all, and near its share between', () => {
    const prng = new Prng(5)
    const hits = (times: number, outOf: number): number =>
      Array.from({ length: 10_000 }, () => prng.chance(times, outOf)).filter(Boolean).length
    expect(hits(0, 10)).toBe(0)
    expect(hits(10, 10)).toBe(10_000)
    expect(Math.abs(hits(3, 10) - 3_000)).toBeLessThan(250)
  })

  test('pick picks every item some time, and refuses an empty list', () => {
    const prng = new Prng(6)
    expect(new Set(Array.from({ length: 100 }, () => prng.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']))
    expect(() => prng.pick([])).toThrow('pick() needs at least one item')
  })

  test('shuffled keeps every item, changes nothing given, and comes to all orders alike', () => {
    const counts = new Map<string, number>()
    const prng = new Prng(8)
    const items: readonly string[] = Object.freeze(['a', 'b', 'c'])
    for (let index = 0; index < 6_000; index++) {
      const order = prng.shuffled(items).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect([...counts.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  test('bytes gives as many as asked, of all values', () => {
    const bytes = new Prng(9).bytes(10_000)
    expect(bytes.length).toBe(10_000)
    expect(new Set(bytes).size).toBe(256)
  })
})

describe('a split', () => {
  test('depends on the label and on the parent’s state, and costs the parent one draw', () => {
    const children = ['network', 'disk', 'clock', ''].map((label) => draw(new Prng(1).split(label), 3).join())
    expect(new Set(children).size).toBe(4)
    const parent = new Prng(1)
    const first = draw(parent.split('disk'), 3)
    expect(first).not.toEqual(draw(parent.split('disk'), 3))
    const twin = new Prng(1)
    draw(twin, 2)
    expect(parent.u32()).toBe(twin.u32())
  })

  test('drawing from a child never shifts the parent or another child', () => {
    const parent = new Prng(2)
    const quiet = new Prng(2)
    const busy = parent.split('a')
    quiet.split('a')
    draw(busy, 100)
    expect(draw(parent.split('b'), 5)).toEqual(draw(quiet.split('b'), 5))
  })
})

/** The published algorithms, word by word, on integers of any size. */
function slowXoshiro(seed: number, count: number): number[] {
  const word = 2n ** 32n
  const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (32n - bits))) % word
  let counter = ((BigInt(seed) % word) + word) % word
  const splitmix = (): bigint => {
    counter = (counter + 0x9e3779b9n) % word
    let mixed = ((counter ^ (counter >> 16n)) * 0x85ebca6bn) % word
    mixed = ((mixed ^ (mixed >> 13n)) * 0xc2b2ae35n) % word
    return mixed ^ (mixed >> 16n)
  }
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix() | 1n]
  return Array.from({ length: count }, () => {
    const result = (rotate((b * 5n) % word, 7n) * 9n) % word
    const shifted = (b << 9n) % word
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11n)
    return Number(result)
  })
}

const pinned = { u32: [2_442_144_158, 3_238_099_751, 3_819_917_871, 2_104_621_829], split: 3_992_636_320 }
