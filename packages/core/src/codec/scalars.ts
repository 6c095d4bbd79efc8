import { assert } from '../errors/index.ts'
import { glimpse } from './glimpse.ts'
import { refuse, shownText, shownValue } from './refusal.ts'
import type { Schema } from './schema.ts'
import { wireName } from './wire-name.ts'

export interface IntegerRange {
  /** 0 by default. */
  readonly min?: number
  /** The largest safe integer, 2^53 - 1, by default. */
  readonly max?: number
}

/** A whole number that JavaScript holds exactly. Name a branded type as in `integer<Term>()`. */
export function integer<Value extends number = number>(range: IntegerRange = {}): Schema<Value> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range
  assert(
    Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max,
    'integer: min <= max, both safe integers',
  )
  const expected = `must be a whole number from ${min} to ${max}`
  return {
    depth: 0,
    read(reader) {
      const start = reader.position
      const value = reader.integer()
      if (value >= min && value <= max) return value as Value
      return refuse('wrong-shape', `${expected}, got ${glimpse(reader, start)}`)
    },
    write(writer, value) {
      if (!Number.isInteger(value) || value < min || value > max) {
        refuse('wrong-shape', `${expected}, got ${shownValue(value)}`)
      }
      writer.integer(value)
    },
  }
}

/** Any finite number, in 9 bytes. Where it is whole, use `integer`. */
export function float<Value extends number = number>(): Schema<Value> {
  const expected = 'must be a finite number as a 64-bit float'
  return {
    depth: 0,
    read(reader) {
      const start = reader.position
      const value = reader.float()
      if (Number.isFinite(value)) return value as Value
      return refuse('wrong-shape', `${expected}, got ${glimpse(reader, start)}`)
    },
    write(writer, value) {
      if (!Number.isFinite(value)) refuse('wrong-shape', `${expected}, got ${shownValue(value)}`)
      writer.float(value)
    },
  }
}

export function boolean(): Schema<boolean> {
  const expected = 'must be true or false'
  return {
    depth: 0,
    read(reader) {
      const start = reader.position
      const head = reader.byte()
      if (head === 0xc3 || head === 0xc2) return head === 0xc3
      return refuse('wrong-shape', `${expected}, got ${glimpse(reader, start)}`)
    },
    write(writer, value) {
      if (typeof value !== 'boolean') refuse('wrong-shape', `${expected}, got ${shownValue(value)}`)
      writer.byte(value ? 0xc3 : 0xc2)
    },
  }
}

/** One of these texts, each of at most 31 bytes. */
export function literal<const Text extends string>(...texts: readonly [Text, ...Text[]]): Schema<Text> {
  const choices = texts.map((text) => ({ text, written: wireName(text) }))
  const byText = new Map<string, Uint8Array>(choices.map(({ text, written }) => [text, written]))
  const expected = `must be ${texts.map(shownText).join(' or ')}`
  return {
    depth: 0,
    read(reader) {
      for (const { text, written } of choices) if (reader.takes(written)) return text
      return refuse('wrong-shape', `${expected}, got ${glimpse(reader, reader.position)}`)
    },
    write(writer, value) {
      const written = byText.get(value)
      if (written === undefined) refuse('wrong-shape', `${expected}, got ${shownValue(value)}`)
      writer.raw(written)
    },
  }
}
