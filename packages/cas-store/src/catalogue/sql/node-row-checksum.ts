import { crc32 } from 'node:zlib'

export type SqlValue = number | string | Uint8Array | null
export type SqlRow = readonly SqlValue[]

const scratchBytes = 4_096
/** Of UTF-8, for one UTF-16 code unit. */
const unitBytesMax = 3
const nullTag: Uint8Array = Uint8Array.of(0)

/**
 * CRC-32 over the values of a row, each with its type and length, and over the name of its table: a bit that flips
 * anywhere in a row is found, and a row of one table is none of another.
 */
export class RowChecksum {
  readonly #scratch = Buffer.alloc(scratchBytes)

  /** Over the first `count` values. */
  of(seed: number, row: SqlRow, count: number): number {
    const scratch = this.#scratch
    let crc = seed
    let at = 0
    for (let index = 0; index < count; index++) {
      const value = row[index] as SqlValue
      if (typeof value === 'number') {
        if (at + 9 > scratchBytes) [crc, at] = [crc32(scratch.subarray(0, at), crc), 0]
        scratch[at] = 1
        at = scratch.writeDoubleLE(value, at + 1)
        continue
      }
      if (value === null) {
        // No column allows it, so it was never written; the checksum will not match.
        crc = crc32(nullTag, crc32(scratch.subarray(0, at), crc))
        at = 0
        continue
      }
      if (typeof value === 'string' && at + 5 + unitBytesMax * value.length <= scratchBytes) {
        const length = scratch.write(value, at + 5, 'utf8')
        scratch[at] = 2
        at = scratch.writeUInt32LE(length, at + 1) + length
        continue
      }
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
      if (at + 5 + bytes.length > scratchBytes) [crc, at] = [crc32(scratch.subarray(0, at), crc), 0]
      scratch[at] = typeof value === 'string' ? 2 : 3
      at = scratch.writeUInt32LE(bytes.length, at + 1)
      if (at + bytes.length > scratchBytes) {
        crc = crc32(bytes, crc32(scratch.subarray(0, at), crc))
        at = 0
      } else {
        scratch.set(bytes, at)
        at += bytes.length
      }
    }
    return crc32(scratch.subarray(0, at), crc)
  }

  seedOf(table: string): number {
    return crc32(table)
  }
}
