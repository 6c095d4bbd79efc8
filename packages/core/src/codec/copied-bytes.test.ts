import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvariantError } from '../errors/index.ts'
import { copyBytes } from './copied-bytes.ts'

const memory = (isShared: boolean, length: number): Uint8Array =>
  new Uint8Array(isShared ? new SharedArrayBuffer(length) : new ArrayBuffer(length))

test('copies what set copies, in and out of shared memory', () => {
  const places = { length: fc.integer({ min: 0, max: 3_000 }), skipped: fc.nat(9), at: fc.nat(9), room: fc.nat(9) }
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.record(places),
      (fromShared, toShared, { length, skipped, at, room }) => {
        const from = memory(fromShared, skipped + length).map((_, index) => index * 7)
        const source = memory(fromShared, skipped + length)
        source.set(from)
        const to = memory(toShared, skipped + at + length + room).fill(255)
        const expected = new Uint8Array(to.length).fill(255)
        expected.set(from.subarray(skipped), skipped + at)
        copyBytes(source.subarray(skipped), to.subarray(skipped), at)
        expect(Array.from(to)).toEqual(Array.from(expected))
      },
    ),
    { numRuns: 300 },
  )
})

test('refuses what does not fit', () => {
  for (const isShared of [true, false]) {
    const to = memory(isShared, 2_000)
    expect(() => copyBytes(memory(true, 2_000), to, 1)).toThrow(InvariantError)
    expect(() => copyBytes(memory(true, 10), to, 1_991)).toThrow(RangeError)
    expect(() => copyBytes(memory(true, 2_000), to, -1)).toThrow(InvariantError)
  }
})
