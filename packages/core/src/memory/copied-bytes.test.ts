import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '../random/index.ts'
import { copyBytes } from './copied-bytes.ts'

const memories = {
  own: (length: number): Uint8Array => new Uint8Array(length),
  shared: (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length)),
}
const kinds = fc.constantFrom('own', 'shared')

test('copies as `set` does, whatever the memory is and wherever in it', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      kinds,
      kinds,
      fc.nat(3_000),
      fc.nat(20),
      fc.nat(20),
      (seed, from, to, length, one, two) => {
        const prng = new Prng(seed)
        const source = memories[from](one + length + 3)
        source.set(prng.bytes(source.length))
        const target = memories[to](two + length + 5)
        target.set(prng.bytes(target.length))
        const expected = Uint8Array.from(target)
        const piece = source.subarray(one, one + length)
        expected.set(piece, two)
        // The target is a part of its memory as well.
        copyBytes(piece, target.subarray(two, two + length + 2), 0)
        expect(Buffer.compare(target, expected)).toBe(0)
        copyBytes(piece, target, two)
        expect(Buffer.compare(target, expected)).toBe(0)
      },
    ),
  )
})

test.each(['own', 'shared'] as const)('copies within one piece of %s memory, over itself too', (kind) => {
  const memory = memories[kind](5_000)
  memory.set(new Prng(1).bytes(5_000))
  const expected = Uint8Array.from(memory)
  expected.copyWithin(10, 13, 3_000)
  copyBytes(memory.subarray(13, 3_000), memory, 10)
  expect(Array.from(memory)).toEqual(Array.from(expected))
})

test.each(['own', 'shared'] as const)('refuses what does not fit into %s memory, and changes nothing', (kind) => {
  const target = memories[kind](10)
  for (const offset of [-1, 5, 10, 100]) {
    expect(() => copyBytes(new Uint8Array(6).fill(1), target, offset)).toThrow(RangeError)
  }
  expect(() => copyBytes(memories[kind](2_000), memories[kind](2_000), 1)).toThrow(RangeError)
  expect(Array.from(target)).toEqual(Array(10).fill(0))
})
