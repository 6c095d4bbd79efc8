import { assert } from '../errors/index.ts'
import { glimpse } from './glimpse.ts'
import { refuse, shownValue } from './refusal.ts'
import type { Schema } from './schema.ts'

export interface LengthLimit {
  /** The most bytes that it may have; for text, as UTF-8. */
  readonly bytesMax: number
}

/** Well-formed text. Name a branded type as in `string<LockName>({ bytesMax: 256 })`. */
export function string<Value extends string = string>({ bytesMax }: LengthLimit): Schema<Value> {
  assertLength('string', bytesMax)
  const tooLong = `is longer than ${bytesMax} bytes`
  return {
    depth: 0,
    read(reader) {
      const start = reader.position
      const length = reader.textLength()
      if (length === -1) refuse('wrong-shape', `must be text, got ${glimpse(reader, start)}`)
      if (length > bytesMax) refuse('too-large', `${tooLong}: it has ${length}`)
      return reader.text(length) as Value
    },
    write(writer, value) {
      if (typeof value !== 'string') refuse('wrong-shape', `must be text, got ${shownValue(value)}`)
      // No text has fewer bytes than UTF-16 units, so this keeps a huge one from being encoded first.
      if (value.length > bytesMax || writer.text(value) > bytesMax) refuse('too-large', tooLong)
    },
  }
}

/** Bytes. Whether decoded ones are copies is a choice of the codec. */
export function bytes<Value extends Uint8Array = Uint8Array>({ bytesMax }: LengthLimit): Schema<Value> {
  assertLength('bytes', bytesMax)
  const tooLong = `is longer than ${bytesMax} bytes`
  return {
    depth: 0,
    read(reader) {
      const start = reader.position
      const length = reader.bytesLength()
      if (length === -1) refuse('wrong-shape', `must be bytes, got ${glimpse(reader, start)}`)
      if (length > bytesMax) refuse('too-large', `${tooLong}: it has ${length}`)
      return reader.byteString(length) as Value
    },
    write(writer, value) {
      if (!(value instanceof Uint8Array)) refuse('wrong-shape', `must be bytes, got ${shownValue(value)}`)
      if (value.length > bytesMax) refuse('too-large', `${tooLong}: it has ${value.length}`)
      writer.byteString(value)
    },
  }
}

function assertLength(what: string, bytesMax: number): void {
  assert(Number.isInteger(bytesMax) && bytesMax >= 0 && bytesMax < 2 ** 32, `${what}: bytesMax is a whole number`)
}
