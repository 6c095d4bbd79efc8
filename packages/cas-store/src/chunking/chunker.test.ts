import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawnPieces, sampleContent } from '../testing/sample-content.ts'
import { createChunker } from './chunker.ts'
import type { ChunkPlan, ChunkSizes } from './contract.ts'
import { gearTable, type Gear } from './gear.ts'
import { nodeQuickSearch } from './node-quick-search.ts'
import { validateChunkPlan } from './plan.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(7))
const quick = { makeQuick: nodeQuickSearch, quickFromBytes: 0 }
const quickGear = gearTable(nodeCrypto(), new Uint8Array(32).fill(7), quick)
const small: ChunkSizes = { min: 64, average: 256, max: 1_024 }
const smallPlan: ChunkPlan = [{ from: 0, sizes: small }]
const kibibyte = 1_024
const mebibyte = 2 ** 20

function endsOf(pieces: Iterable<Uint8Array>, plan: ChunkPlan, words: Gear = gear): number[] {
  const chunker = createChunker(plan, words)
  const ends: number[] = []
  let before = 0
  for (const piece of pieces) {
    let end = chunker.next(piece, 0)
    while (end !== -1) {
      ends.push(before + end)
      end = chunker.next(piece, end)
    }
    before += piece.length
  }
  return ends
}

/** The same as the words say it: each hash anew, from the last 32 bytes, for each byte at which a chunk may end. */
function dumbEndsOf(content: Uint8Array, plan: ChunkPlan): number[] {
  const ends: number[] = []
  for (let start = 0; ;) {
    const sizes = plan.findLast(({ from }) => from <= start)?.sizes ?? small
    const length = dumbLength(content.subarray(start), sizes)
    if (length === undefined) return ends
    start += length
    ends.push(start)
  }
}

function dumbLength(content: Uint8Array, { min, average, max }: ChunkSizes): number | undefined {
  const centre = Math.max(min, Math.round(average * 0.86))
  for (let length = min; length <= content.length; length++) {
    if (length === max) return length
    let hash = 0n
    for (let age = 0; age < 32; age++) {
      hash += BigInt(gear.words[content[length - 1 - age] ?? 0] ?? 0) << BigInt(age)
    }
    const probability = length <= centre ? 1 / (centre * 4) : 4 / centre
    if (BigInt.asIntN(32, hash) < Math.round(2 ** 32 * probability) - 2 ** 31) return length
  }
  return undefined
}

function sizesOf(ends: readonly number[]): number[] {
  return ends.map((end, index) => end - (ends[index - 1] ?? 0))
}

const sizes = fc
  .tuple(fc.integer({ min: 64, max: 200 }), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 500 }))
  .map(([min, more, most]): ChunkSizes => ({ min, average: min + more, max: min + more + most }))
const plans = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1_500 }), sizes), { minLength: 1, maxLength: 4 })
  .map((stages): ChunkPlan => {
    let from = 0
    return stages.map(([gap, of], index) => ({ from: index === 0 ? 0 : (from += gap), sizes: of }))
  })

describe('the ends', () => {
  test('are those of the dumb twin, however the content is cut into pieces', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 6_000 }), plans, (seed, length, plan) => {
        const prng = new Prng(seed)
        const content = sampleContent(prng, length)
        const expected = dumbEndsOf(content, validateChunkPlan(plan))
        for (const words of [gear, quickGear]) {
          expect(endsOf([content], plan, words)).toEqual(expected)
          expect(endsOf(drawnPieces(prng, content, prng.pick([1, 7, 100, 2_000])), plan, words)).toEqual(expected)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('are the same in blocks of what is searched at once', () => {
    const content = new Prng(3).bytes(300_000)
    const plan: ChunkPlan = [{ from: 0, sizes: { min: 9_000, average: 30_000, max: 100_000 } }]
    const expected = dumbEndsOf(content, plan)
    expect(expected.length).toBeGreaterThan(5)
    for (const words of [gear, quickGear]) {
      expect(endsOf([content], plan, words)).toEqual(expected)
      expect(endsOf(drawnPieces(new Prng(4), content, 20_000), plan, words)).toEqual(expected)
    }
  })

  test('are others under another secret', () => {
    const content = new Prng(5).bytes(100_000)
    const others = endsOf([content], smallPlan, gearTable(nodeCrypto(), new Uint8Array(32).fill(8)))
    const ours = new Set(endsOf([content], smallPlan))
    expect(others.filter((end) => ours.has(end)).length).toBeLessThan(others.length / 20)
  })

  test('come back soon behind a byte that was put in, taken out or changed', () => {
    const content = new Prng(6).bytes(400_000)
    const ends = endsOf([content], smallPlan)
    const at = 200_000
    const [head, tail] = [content.subarray(0, at), content.subarray(at)]
    for (const [pieces, shift] of [
      [[head, new Uint8Array([1]), tail], 1],
      [[head, tail.subarray(1)], -1],
      [[head, new Uint8Array([(tail[0] ?? 0) ^ 1]), tail.subarray(1)], 0],
    ] as const) {
      const changed = new Set(endsOf(pieces, smallPlan))
      const lost = ends.filter((end) => !changed.has(end <= at ? end : end + shift))
      expect(lost.length).toBeLessThan(20)
      expect(lost.length + changed.size).toBeGreaterThan(1_000)
    }
  })
})

describe('the sizes', () => {
  test.each([
    ['min = average / 4', { min: 1_024, average: 4_096, max: 16_384 }],
    ['of the plan that is the default', { min: 4 * kibibyte, average: 16 * kibibyte, max: 64 * kibibyte }],
  ])('are as planned on average, and few are at the limits: %s', (_, planned) => {
    const lengths = sizesOf(endsOf([new Prng(9).bytes(1_000 * planned.average)], [{ from: 0, sizes: planned }]))
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
    expect(mean / planned.average).toBeGreaterThan(0.95)
    expect(mean / planned.average).toBeLessThan(1.05)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(planned.min)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(planned.max)
    const near = lengths.filter((length) => length > planned.average / 2 && length < planned.average * 2)
    expect(near.length / lengths.length).toBeGreaterThan(0.8)
    expect(lengths.filter((length) => length === planned.max).length / lengths.length).toBeLessThan(0.001)
  })

  test('of zeros are all the same, under every secret: the least, or the most', () => {
    const seen = new Set<number>()
    for (let secret = 0; secret < 200; secret++) {
      const words = gearTable(nodeCrypto(), new Uint8Array(32).fill(secret))
      const lengths = new Set(sizesOf(endsOf([new Uint8Array(10_240)], smallPlan, words)))
      expect(lengths.size).toBe(1)
      for (const length of lengths) seen.add(length)
    }
    for (const length of seen) expect([64, 221, 1_024]).toContain(length)
    expect(seen).toContain(1_024)
  })

  test('change with the first chunk that begins where another stage does', () => {
    const plan: ChunkPlan = [
      { from: 0, sizes: { min: 100, average: 100, max: 100 } },
      { from: 250, sizes: { min: 70, average: 70, max: 70 } },
      { from: 301, sizes: { min: 64, average: 64, max: 64 } },
      { from: 366, sizes: { min: 90, average: 90, max: 90 } },
      { from: 550, sizes: { min: 80, average: 80, max: 80 } },
    ]
    expect(endsOf([new Uint8Array(700)], plan)).toEqual([100, 200, 300, 370, 460, 550, 630])
  })
})

describe('little content', () => {
  test('has no end: it is one chunk', () => {
    expect(endsOf([], smallPlan)).toEqual([])
    expect(endsOf([new Uint8Array(0)], smallPlan)).toEqual([])
    expect(endsOf([new Uint8Array(1)], smallPlan)).toEqual([])
    expect(endsOf([new Prng(1).bytes(63)], smallPlan)).toEqual([])
  })

  test('of just the most bytes has one', () => {
    const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: mebibyte, max: mebibyte } }]
    expect(endsOf([new Uint8Array(mebibyte)], plan)).toEqual([mebibyte])
    expect(endsOf([new Uint8Array(mebibyte - 1)], plan)).toEqual([])
  })
})
