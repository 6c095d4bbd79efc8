import { assert } from '@flotilla/core/errors'
import type { SqlValue } from './node-row-checksum.ts'

/** 32 bytes of a chunk or blob, 16 of a pack. */
export function idBytes(id: string): Uint8Array {
  const bytes = Buffer.from(id, 'hex')
  assert(bytes.length * 2 === id.length && bytes.length > 0, 'an id is made of hexadecimal digits')
  return bytes
}

export function idText<Id extends string>(value: SqlValue | undefined): Id {
  assert(value instanceof Uint8Array, 'ids are stored as bytes')
  return Buffer.prototype.hexSlice.call(value) as Id
}

export function numberIn<Value extends number = number>(value: SqlValue | undefined): Value {
  assert(typeof value === 'number', 'a column of numbers holds numbers')
  return value as Value
}

export function textIn<Value extends string = string>(value: SqlValue | undefined): Value {
  assert(typeof value === 'string', 'a column of text holds text')
  return value as Value
}

/** A plain array, no view into what SQLite has handed out. */
export function bytesIn(value: SqlValue | undefined): Uint8Array {
  assert(value instanceof Uint8Array, 'a column of bytes holds bytes')
  return Uint8Array.from(value)
}
