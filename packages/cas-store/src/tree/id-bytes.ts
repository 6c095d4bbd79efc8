import { assert } from '@flotilla/core/errors'
import type { ChunkId } from '../types.ts'

export const idBytesLength = 32

const digits = '0123456789abcdef'
const zero = 48
const a = 97

/** Writes the id's 32 bytes. */
export function writeIdBytes(id: ChunkId, into: Uint8Array, at: number): void {
  assert(id.length === 2 * idBytesLength, 'an id has 64 digits')
  for (let index = 0; index < idBytesLength; index++) {
    into[at + index] = (digitAt(id, 2 * index) << 4) | digitAt(id, 2 * index + 1)
  }
}

/** The id whose 32 bytes begin there. */
export function readId(bytes: Uint8Array, at: number): ChunkId {
  assert(at + idBytesLength <= bytes.length, 'an id has 32 bytes')
  let id = ''
  for (let index = at; index < at + idBytesLength; index++) {
    const byte = bytes[index] as number
    id += (digits[byte >>> 4] as string) + (digits[byte & 15] as string)
  }
  return id as ChunkId
}

function digitAt(id: ChunkId, index: number): number {
  const code = id.charCodeAt(index)
  const digit = code < a ? code - zero : code - a + 10
  assert(digit >= 0 && digit < 16 && digits.charCodeAt(digit) === code, 'an id has digits from 0 to f')
  return digit
}
