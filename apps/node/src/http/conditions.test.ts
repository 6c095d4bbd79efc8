import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { askedRange } from './byte-ranges.ts'
import { isTagged, tagOf } from './entity-tags.ts'

describe('a range', () => {
  test.each([
    ['bytes=0-0', 10, { type: 'part', start: 0, length: 1 }],
    ['bytes=2-5', 10, { type: 'part', start: 2, length: 4 }],
    ['bytes= 2 - 5', 10, { type: 'part', start: 2, length: 4 }],
    ['bytes=9-', 10, { type: 'part', start: 9, length: 1 }],
    ['bytes=0-99', 10, { type: 'part', start: 0, length: 10 }],
    ['bytes=-3', 10, { type: 'part', start: 7, length: 3 }],
    ['bytes=-30', 10, { type: 'part', start: 0, length: 10 }],
    ['bytes=10-', 10, { type: 'beyond' }],
    ['bytes=10-12', 10, { type: 'beyond' }],
    ['bytes=-0', 10, { type: 'beyond' }],
    ['bytes=0-', 0, { type: 'beyond' }],
    ['bytes=-1', 0, { type: 'beyond' }],
    [undefined, 10, { type: 'whole' }],
    ['bytes=5-2', 10, { type: 'whole' }],
    ['bytes=-', 10, { type: 'whole' }],
    ['bytes=0-1,3-4', 10, { type: 'whole' }],
    ['lines=0-1', 10, { type: 'whole' }],
    ['bytes=0-9999999999999999', 10, { type: 'whole' }],
    ['bytes=x', 10, { type: 'whole' }],
  ] as const)('%s of %i bytes', (header, size, expected) => {
    expect(askedRange(header, size)).toEqual(expected)
  })

  test('lies within what there is, whatever is asked', () => {
    const prng = new Prng(1)
    const number = (): string => (prng.below(4) === 0 ? '' : String(prng.below(30)))
    for (let round = 0; round < 5_000; round++) {
      const [first, last, size] = [number(), number(), prng.below(20)]
      const range = askedRange(`bytes=${first}-${last}`, size)
      const [start, length] = range.type === 'part' ? [range.start, range.length] : [0, 1]
      const most = range.type === 'part' ? size : 1
      expect([start >= 0, length > 0, start + length <= most], `${first}-${last} of ${size}`).toEqual([
        true,
        true,
        true,
      ])
    }
  })
})

test('tags are compared one by one, and a star is any that exists', () => {
  const tag = tagOf('ab')
  expect(tag).toBe('"ab"')
  for (const header of ['"ab"', 'W/"ab"', '"x", "ab"', '*', ' "ab" ']) expect(isTagged(header, tag)).toBe(true)
  for (const header of ['', 'ab', '"a"', '"AB"', '"x","y"']) expect(isTagged(header, tag)).toBe(false)
  expect(isTagged('*', undefined)).toBe(false)
})
