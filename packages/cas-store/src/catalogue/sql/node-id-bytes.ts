import { assert } from '@flotilla/core/errors'
import type { SqlValue } from './node-row-checksum.ts'

/** 32 bytes of a chunk or blob, 16 of a pack. */
export function idBytes(id: string): Uint8Array {
  const bytes = Buffer.from(id, 'hex')
  assert(bytes.length * 2 === id.length && bytes.length > 0, 'an id is made of hexadecimal digits')
  return bytes
}

export function idText(value: SqlValue | undefined): string {
  assert(value instanceof Buffer, 'ids are stored as bytes')
  return value.toString('hex')
}

export function numberIn(value: SqlValue | undefined): number {
  assert(typeof value === 'number', 'a column of numbers holds numbers')
  return value
}

export function textIn(value: SqlValue | undefined): string {
  assert(typeof value === 'string', 'a column of text holds text')
  return value
}

/** A plain array, no view into what SQLite has handed out. */
export function bytesIn(value: SqlValue | undefined): Uint8Array {
  assert(value instanceof Uint8Array, 'a column of bytes holds bytes')
  return Uint8Array.from(value)
}
