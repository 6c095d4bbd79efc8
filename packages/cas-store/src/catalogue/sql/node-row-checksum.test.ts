import * as fc from 'fast-check'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { RowChecksum, type SqlValue } from './node-row-checksum.ts'

/** The same in one piece, without a thought of speed. */
function encoded(row: readonly SqlValue[]): Buffer {
  return Buffer.concat(
    row.map((value) => {
      if (value === null) return Buffer.of(0)
      if (typeof value === 'number') {
        const bytes = Buffer.alloc(9, 1)
        bytes.writeDoubleLE(value, 1)
        return bytes
      }
      const bytes = Buffer.from(value as string)
      const head = Buffer.alloc(5, typeof value === 'string' ? 2 : 3)
      head.writeUInt32LE(bytes.length, 1)
      return Buffer.concat([head, bytes])
    }),
  )
}

/** Many that are near what fits into the memory that is used again, with one to three bytes for a code unit. */
const lengths = fc.oneof(fc.nat(40), fc.integer({ min: 1_300, max: 1_400 }), fc.integer({ min: 4_000, max: 4_200 }))
const texts = fc
  .tuple(lengths, fc.constantFrom('a', 'é', '漢', '😀', '\ud800'))
  .map(([length, unit]) => unit.repeat(length))
const bytes = lengths.map((length) => new Uint8Array(length).fill(length))
const rows = fc.array(fc.oneof(texts, bytes, fc.double({ noNaN: true }), fc.constant(null)), { maxLength: 7 })

test('is the CRC-32 of each value with its type and its length, however long they are', () => {
  const checksum = new RowChecksum()
  fc.assert(
    fc.property(rows, fc.nat(), (row, seed) => {
      expect(checksum.of(seed, row, row.length)).toBe(crc32(encoded(row), seed))
    }),
    { numRuns: 500 },
  )
})

test('covers so many values as it is told, and the name of the table', () => {
  const checksum = new RowChecksum()
  expect(checksum.of(7, ['a', 1, 'b'], 2)).toBe(checksum.of(7, ['a', 1], 2))
  expect(checksum.of(checksum.seedOf('names'), ['a'], 1)).not.toBe(checksum.of(checksum.seedOf('files'), ['a'], 1))
})
