import { describe, expect, test } from 'vitest'
import type { ChunkPlan } from './contract.ts'
import { chunkBytesMaxOf, chunkPlanDefault, chunkPlanLimits, validateChunkPlan } from './plan.ts'

const sizes = { min: 64, average: 256, max: 1_024 }

describe('a plan', () => {
  test('is the default where there is none, and is given back where it is one', () => {
    expect(validateChunkPlan()).toBe(chunkPlanDefault)
    const plan: ChunkPlan = [
      { from: 0, sizes },
      { from: 1, sizes: { min: 1_000, average: 1_000, max: chunkPlanLimits.chunkBytesMax } },
    ]
    expect(validateChunkPlan(plan)).toBe(plan)
    expect(chunkBytesMaxOf(plan)).toBe(chunkPlanLimits.chunkBytesMax)
    expect(chunkBytesMaxOf(chunkPlanDefault)).toBe(4 * 2 ** 20)
  })

  test.each<[string, ChunkPlan, string]>([
    ['none', [], 'it has 0 stages; it must have 1 to 16'],
    ['too many', Array.from({ length: 17 }, (_, from) => ({ from, sizes })), 'it has 17 stages'],
    ['a late beginning', [{ from: 1, sizes }], 'stage 1 begins at byte 1; it must be 0'],
    [
      'two at one place',
      [
        { from: 0, sizes },
        { from: 0, sizes },
      ],
      'stage 2 begins at byte 0; each must begin behind the one before',
    ],
    ['half a byte', [{ from: 0, sizes: { ...sizes, average: 256.5 } }], 'the sizes of stage 1 are 64, 256.5 and 1024'],
    ['tiny chunks', [{ from: 0, sizes: { ...sizes, min: 63 } }], 'from 64 to 16777216'],
    ['huge chunks', [{ from: 0, sizes: { ...sizes, max: 2 ** 24 + 1 } }], 'from 64 to 16777216'],
    ['a least above the average', [{ from: 0, sizes: { ...sizes, min: 257 } }], 'none less than the one before'],
    ['an average above the most', [{ from: 0, sizes: { ...sizes, max: 255 } }], 'none less than the one before'],
    ['no number', [{ from: 0, sizes: { ...sizes, max: Number.NaN } }], 'they must be whole'],
  ])('is refused with a sentence: %s', (_, plan, sentence) => {
    expect(() => validateChunkPlan(plan)).toThrow(sentence)
    expect(() => validateChunkPlan(plan)).toThrow(expect.objectContaining({ code: 'wrong-setting' }))
  })
})
