import { assert } from '@flotilla/core/errors'
import { catalogueError } from '../catalogue-error.ts'
import type { SqlValue } from './node-row-checksum.ts'

/** 32 bytes of a chunk or blob, 16 of a pack. */
export function idBytes(id: string): Uint8Array {
  const bytes = Buffer.from(id, 'hex')
  assert(bytes.length * 2 === id.length && bytes.length > 0, 'an id is made of hexadecimal digits')
  return bytes
}

// What follows says `corrupt` of values of another type. That they are of the right one is not known: some come from an
// index, which has no checksum.

export function idText(value: SqlValue | undefined): string {
  if (!(value instanceof Buffer)) throw wrongType(value, 'an id')
  return value.toString('hex')
}

export function numberIn(value: SqlValue | undefined): number {
  if (typeof value !== 'number') throw wrongType(value, 'a number')
  return value
}

export function textIn(value: SqlValue | undefined): string {
  if (typeof value !== 'string') throw wrongType(value, 'text')
  return value
}

/** A plain array, no view into what SQLite has handed out. */
export function bytesIn(value: SqlValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongType(value, 'bytes')
  return Uint8Array.from(value)
}

function wrongType(value: SqlValue | undefined, expected: string): Error {
  const found = value instanceof Uint8Array ? 'bytes' : typeof value
  return catalogueError('corrupt', `a table or an index of the catalogue holds ${found} in place of ${expected}`)
}
