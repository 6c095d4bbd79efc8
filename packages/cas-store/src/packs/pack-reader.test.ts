import { array, assert as check, constantFrom, integer, nat, property, record, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkPlace, PackId } from '../types.ts'
import { readRuns } from './pack-reader.ts'

const place = (pack: string, position: number, length: number): { readonly place: ChunkPlace } => ({
  place: { pack: pack as PackId, position, length },
})

describe('runs', () => {
  test('join what lies side by side', () => {
    const items = [place('a', 32, 100), place('a', 132, 50), place('a', 190, 10), place('b', 32, 10)]
    const runs = readRuns(items.toReversed(), { readRunBytesMax: 1_000, readGapBytesMax: 8 })
    expect(runs).toEqual([
      { pack: 'a', position: 32, length: 168, items: items.slice(0, 3) },
      { pack: 'b', position: 32, length: 10, items: items.slice(3) },
    ])
  })

  test('do not reach over a wide gap, nor beyond their length', () => {
    const items = [place('a', 32, 100), place('a', 141, 50), place('a', 191, 10)]
    expect(readRuns(items, { readRunBytesMax: 1_000, readGapBytesMax: 8 })).toHaveLength(2)
    expect(readRuns(items, { readRunBytesMax: 159, readGapBytesMax: 9 })).toHaveLength(2)
    expect(readRuns(items, { readRunBytesMax: 10, readGapBytesMax: 0 })).toHaveLength(3)
  })

  test('hold each item once, wholly, and no more than they may', () => {
    const places = tuple(constantFrom('a', 'b'), nat(2_000), integer({ min: 1, max: 300 })).map(
      ([pack, position, length]) => place(pack, position, length),
    )
    const limits = record({ readRunBytesMax: integer({ min: 1, max: 600 }), readGapBytesMax: nat(100) })
    check(
      property(array(places, { maxLength: 30 }), limits, (items, limit) => {
        const runs = readRuns(items, limit)
        expect(runs.flatMap((run) => run.items).length).toBe(items.length)
        expect(new Set(runs.flatMap((run) => run.items))).toEqual(new Set(items))
        for (const run of runs) {
          const ends = run.items.map((item) => item.place.position + item.place.length)
          expect(run.items.every((item) => item.place.pack === run.pack)).toBe(true)
          expect(Math.min(...run.items.map((item) => item.place.position))).toBe(run.position)
          expect(Math.max(...ends)).toBe(run.position + run.length)
          expect(run.items.length === 1 || run.length <= limit.readRunBytesMax).toBe(true)
        }
      }),
    )
  })
})
