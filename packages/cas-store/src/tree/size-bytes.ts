import { assert } from '@flotilla/core/errors'
import { treeLimits } from './limits.ts'

/** Counts to 256 TiB. */
export const sizeBytesLength = 6

/** Big-endian. */
export function writeSize(size: number, into: Uint8Array, at: number): void {
  assert(Number.isInteger(size) && size >= 0 && size <= treeLimits.blobBytesMax, 'a size fits into 6 bytes')
  let rest = size
  for (let index = at + sizeBytesLength - 1; index >= at; index--) {
    into[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

export function readSize(bytes: Uint8Array, at: number): number {
  let size = 0
  for (let index = at; index < at + sizeBytesLength; index++) size = size * 256 + (bytes[index] as number)
  return size
}
