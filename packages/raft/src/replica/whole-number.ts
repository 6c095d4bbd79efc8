import { assert } from '@flotilla/core/errors'

/** Enough for every safe integer; an eighth byte would always be zero. */
export const numberBytes = 7

/** Highest byte first. By stores rather than a `DataView`, which would be one more object for each payload. */
export function writeNumber(into: Uint8Array, at: number, number: number): void {
  assert(Number.isSafeInteger(number) && number >= 0, 'a number that is encoded is a whole one')
  const high = Math.floor(number / 2 ** 32)
  into[at] = high >>> 16
  into[at + 1] = high >>> 8
  into[at + 2] = high
  into[at + 3] = number >>> 24
  into[at + 4] = number >>> 16
  into[at + 5] = number >>> 8
  into[at + 6] = number
}

/** May be no safe integer, if a stranger wrote it. */
export function readNumber(from: Uint8Array, at: number): number {
  const high = (byteAt(from, at) << 16) | (byteAt(from, at + 1) << 8) | byteAt(from, at + 2)
  const low = (byteAt(from, at + 3) << 24) | (byteAt(from, at + 4) << 16) | (byteAt(from, at + 5) << 8)
  return high * 2 ** 32 + ((low | byteAt(from, at + 6)) >>> 0)
}

function byteAt(from: Uint8Array, at: number): number {
  return from[at] ?? 0
}
