import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { createCodec } from './codec.ts'
import { array, map } from './collections.ts'
import { object, optional } from './object.ts'
import { integer, literal } from './scalars.ts'
import type { Schema } from './schema.ts'
import { string } from './strings.ts'
import { union } from './union.ts'

function wire(...parts: readonly (number | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (unit) => unit.charCodeAt(0)))),
  )
}

function decode<Value>(schema: Schema<Value>, input: Uint8Array): Value {
  return createCodec({ name: 'it', schema }).decode(input)
}

function refusal<Value>(schema: Schema<Value>, input: Uint8Array): string {
  try {
    decode(schema, input)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return `${error.code}: ${error.message}`
  }
}

const text = string({ bytesMax: 1_000 })
const table = map(text, integer(), { countMax: 100 })

describe('text that is not UTF-8', () => {
  const cases: Readonly<Record<string, readonly number[]>> = {
    'a byte that never occurs': [0xff],
    'a continuation without a beginning': [0x80],
    'a beginning without a continuation': [0xc3, 0x28],
    'cut short': [0xe2, 0x82],
    'a letter in two bytes': [0xc1, 0x81],
    'NUL in two bytes': [0xc0, 0x80],
    'half a surrogate pair': [0xed, 0xa0, 0x80],
    'beyond Unicode': [0xf4, 0x90, 0x80, 0x80],
  }
  test.each(Object.entries(cases))('%s', (_, wrong) => {
    // Short and long text go different ways.
    for (const filling of ['', 'abcde', 'x'.repeat(40)]) {
      const length = filling.length + wrong.length
      const head = length < 32 ? [0xa0 | length] : [0xd9, length]
      expect(refusal(text, wire(...head, filling, ...wrong))).toBe('malformed: it: $ is no UTF-8')
    }
    expect(refusal(table, wire(0x81, 0xa0 | wrong.length, ...wrong, 1))).toBe('malformed: it: $[key 0] is no UTF-8')
  })

  test('a byte order mark, NUL and the last character of Unicode are text', () => {
    const odd = '\ufeff\0\u{10ffff}'
    const codec = createCodec({ name: 'it', schema: text })
    expect(codec.decode(codec.encode(odd))).toBe(odd)
  })
})

describe('types that are never sent', () => {
  const open = object({}, { unknownFields: 'skip' })
  // Unused, ext 8 to 32, float 32, fixext 1 to 16; msgpackr reads its records from fixext 1 of type 0x72.
  for (const head of [0xc1, 0xc7, 0xc8, 0xc9, 0xca, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]) {
    test(`0x${head.toString(16)}`, () => {
      const value = wire(head, 1, 0x72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
      expect(refusal(integer(), value)).toContain(`got msgpack type 0x${head.toString(16)}`)
      expect(refusal(array(integer(), { countMax: 9 }), value)).toContain('wrong-shape')
      expect(refusal(open, wire(0x81, 0xa1, 'x', ...value))).toBe(
        `malformed: it: $ holds msgpack type 0x${head.toString(16)}, which is never sent`,
      )
    })
  }
})

describe('names of fields and keys', () => {
  const closed = object({ a: integer(), b: optional(integer()) })
  const open = object({ a: optional(integer()), c: optional(integer()) }, { unknownFields: 'skip' })

  test('a field that comes twice, or too early, is refused, skipping or not', () => {
    const twice = wire(0x82, 0xa1, 'a', 1, 0xa1, 'a', 2)
    const wrong = wire(0x82, 0xa1, 'c', 1, 0xa1, 'a', 2)
    expect(refusal(closed, twice)).toBe('wrong-shape: it: $ has the field "a" twice or not in the order of names')
    expect(refusal(open, twice)).toContain('twice')
    expect(refusal(open, wrong)).toContain('not in the order')
    const typed = wire(0x82, 0xa4, 'type', 0xa1, 'a', 0xa4, 'type', 0xa1, 'b')
    for (const each of [closed, open]) expect(refusal(union({ a: each, b: each }), typed)).toContain('"type" twice')
  })

  test('a key that comes twice is refused', () => {
    expect(refusal(table, wire(0x82, 0xa1, 'a', 1, 0xa1, 'a', 2))).toBe('wrong-shape: it: $["a"] comes twice')
  })

  test('names and keys are text', () => {
    expect(refusal(closed, wire(0x81, 1, 1))).toBe(
      'wrong-shape: it: $ has a field whose name is not a text of at most 31 bytes',
    )
    expect(refusal(open, wire(0x81, 0xd9, 0x20, 'x'.repeat(32), 1))).toContain('at most 31 bytes')
    expect(refusal(table, wire(0x81, 1, 1))).toBe('wrong-shape: it: $[key 0] must be text, got 1')
  })

  test('names that mean something to JavaScript are refused as fields and harmless as keys', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const field = wire(0x81, 0xa0 | name.length, name, 1)
      expect(refusal(closed, field)).toContain(`has the field "${name}", which this version does not know`)
      expect(decode(open, field)).toEqual({})
      const entries = decode(table, field)
      expect([...entries]).toEqual([[name, 1]])
      expect(Object.getPrototypeOf(entries)).toBe(Map.prototype)
      expect(refusal(union({ a: object({}) }), wire(0x81, 0xa4, 'type', 0xa0 | name.length, name))).toContain(
        'unknown-type',
      )
      expect(refusal(literal('a'), wire(0xa0 | name.length, name))).toContain('must be "a"')
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted')
    expect(({} as Record<string, unknown>)['1']).toBe(undefined)
  })
})

describe('an error message', () => {
  const deep = object({ entries: array(object({ term: integer() }), { countMax: 9 }) })

  test('says where, what was wanted, and what came', () => {
    const begin = [0x81, 0xa7, 'entries', 0x92, 0x81, 0xa4, 'term', 1, 0x81, 0xa4, 'term']
    const wanted = 'wrong-shape: it: $.entries[1].term must be a whole number from 0 to 9007199254740991'
    const shown: readonly [string, readonly (number | string)[]][] = [
      ['"x"', [0xa1, 'x']],
      ['-3', [0xfd]],
      ['nil', [0xc0]],
      ['true', [0xc3]],
      ['false', [0xc2]],
      ['a list', [0x90]],
      ['a map', [0x80]],
      ['2 bytes', [0xc4, 2, 0, 0]],
      ['the float 1.5', [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ]
    for (const [what, value] of shown) expect(refusal(deep, wire(...begin, ...value))).toBe(`${wanted}, got ${what}`)
  })

  test('stays short and printable, whatever came', () => {
    const hostile = '\n\x1b[31m\xe2\x80\xae'.repeat(90)
    const value = wire(0xda, hostile.length >> 8, hostile.length & 0xff, hostile)
    const shown = String.raw`got "\n\u001b[31m\u00e2\u0080\u00ae\n\u001b[31m`
    expect(refusal(integer(), value)).toContain(shown)
    const endless = new Uint8Array(1_000_005).fill(0x61)
    endless.set(wire(0xdb, 0, 0x0f, 0x42, 0x40))
    expect(refusal(integer(), endless)).toMatch(/, got "a{40}\.\.\."$/)
    const tables = map(
      text,
      map(text, map(text, map(text, table, { countMax: 1 }), { countMax: 1 }), { countMax: 1 }),
      {
        countMax: 1,
      },
    )
    const control = '\x01'.repeat(900)
    const keys = Array.from({ length: 5 }, () => [
      0x81,
      0xda,
      control.length >> 8,
      control.length & 0xff,
      control,
    ]).flat()
    const message = refusal(tables, wire(...keys, ...value))
    expect(message).toMatch(/^wrong-shape: [ -~]{397}\.\.\.$/)
  })
})
