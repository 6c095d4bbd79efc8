import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { createCodec, type Codec } from './codec.ts'
import { array, map } from './collections.ts'
import type { CodecLimits } from './limits.ts'
import { object, optional } from './object.ts'
import type { DecodeErrorCode } from './refusal.ts'
import { boolean, float, integer } from './scalars.ts'
import type { Schema } from './schema.ts'
import { bytes, string } from './strings.ts'

/** Numbers are bytes, and each character of a text is one. */
function wire(...parts: readonly (number | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (unit) => unit.charCodeAt(0)))),
  )
}

function codecOf<Value>(schema: Schema<Value>, limits: Partial<CodecLimits> = {}): Codec<Value> {
  return createCodec({ name: 'it', schema, limits })
}

/** What decoding these bytes by this schema ends in. */
function refusal(schema: Schema<never> | object, input: Uint8Array, limits: Partial<CodecLimits> = {}): string {
  try {
    codecOf(schema as Schema<unknown>, limits).decode(input)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return `${error.code as DecodeErrorCode}: ${error.message}`
  }
}

const any = 2 ** 32 - 1
const list = array(integer(), { countMax: any })
const table = map(string({ bytesMax: any }), integer(), { countMax: any })
const open = object({ a: optional(integer()), c: optional(integer()) }, { unknownFields: 'skip' })
const closed = object({ a: integer(), b: optional(integer()) })

describe('what is announced and does not come', () => {
  const cases: readonly [string, object, Uint8Array][] = [
    ['a list', list, wire(0xdd, 0xff, 0xff, 0xff, 0xff, 1, 2, 3)],
    ['a map', table, wire(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 'a', 1)],
    ['a text', string({ bytesMax: any }), wire(0xdb, 0xff, 0xff, 0xff, 0xff, 'abc')],
    ['a short text', string({ bytesMax: any }), wire(0xa5, 'abc')],
    ['a byte string', bytes({ bytesMax: any }), wire(0xc6, 0xff, 0xff, 0xff, 0xff, 1, 2, 3)],
    ['a number', integer(), wire(0xcf, 0, 0, 0, 1)],
    ['a float', float(), wire(0xcb, 0, 0, 0, 1)],
    ['a length', string({ bytesMax: any }), wire(0xdb, 0, 1)],
    ['anything', boolean(), wire()],
    ['a skipped list', open, wire(0x81, 0xa1, 'x', 0xdd, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a skipped map', open, wire(0x81, 0xa1, 'x', 0xdf, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a skipped text', open, wire(0x81, 0xa1, 'x', 0xdb, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a skipped byte string', open, wire(0x81, 0xa1, 'x', 0xc6, 0xff, 0xff, 0xff, 0xff, 1)],
    ['fields', open, wire(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ]
  test.each(cases)('%s', (_, schema, input) => {
    expect(refusal(schema, input)).toMatch(/^malformed: it: \$\S* ends early$/)
  })
})

describe('depth', () => {
  const nested = (levels: number): Uint8Array => {
    const written = new Uint8Array(levels + 4).fill(0x91)
    written.set(wire(0x81, 0xa1, 'x'))
    return written.fill(0, -1)
  }

  test('a million lists in each other are refused where a schema wants something else', () => {
    expect(refusal(list, new Uint8Array(1_000_000).fill(0x91))).toBe(
      'wrong-shape: it: $[0] must be a whole number from 0 to 9007199254740991, got a list',
    )
  })

  test('a million lists in each other are refused in a skipped field', () => {
    expect(refusal(open, nested(1_000_000))).toBe('too-large: it: $ nests deeper than 16 levels (depthMax)')
  })

  test('the limit is exact', () => {
    expect(refusal(open, nested(3), { depthMax: 3 })).toBe('accepted')
    expect(refusal(open, nested(4), { depthMax: 3 })).toContain('too-large')
  })

  test('lists that share the work out among each other stop at the count of items', () => {
    const laughs = wire(0x81, 0xa1, 'x', 0x9f, ...Array<number>(15).fill(0x9f), ...Array<number>(300).fill(0))
    expect(refusal(open, laughs, { itemsMax: 100 })).toBe(
      'too-large: it: $ brings more than 100 items into one message (itemsMax)',
    )
  })
})

describe('limits', () => {
  test('of bytes', () => {
    expect(refusal(list, wire(0x93, 1, 2, 3), { bytesMax: 4 })).toBe('accepted')
    expect(refusal(list, wire(0x93, 1, 2, 3), { bytesMax: 3 })).toBe(
      'too-large: it: $ has 4 bytes; at most 3 are taken (bytesMax)',
    )
  })

  test('of items, over all lists and maps together', () => {
    const lists = array(list, { countMax: 10 })
    const tables = array(table, { countMax: 10 })
    expect(refusal(lists, wire(0x92, 0x91, 1, 0x91, 2), { itemsMax: 4 })).toBe('accepted')
    expect(refusal(lists, wire(0x92, 0x91, 1, 0x91, 2), { itemsMax: 3 })).toContain('too-large: it: $[1] brings')
    expect(refusal(tables, wire(0x91, 0x82, 0xa1, 'a', 1, 0xa1, 'b', 2), { itemsMax: 2 })).toContain('too-large')
    expect(refusal(open, wire(0x81, 0xa1, 'x', 0x92, 1, 2), { itemsMax: 3 })).toBe('accepted')
    expect(refusal(open, wire(0x81, 0xa1, 'x', 0x92, 1, 2), { itemsMax: 2 })).toContain('too-large')
  })

  test('of one list, map, text or byte string', () => {
    expect(refusal(array(integer(), { countMax: 1 }), wire(0x92, 1, 2))).toBe(
      'too-large: it: $ has 2 items; at most 1 are taken',
    )
    expect(refusal(map(string({ bytesMax: 1 }), integer(), { countMax: 0 }), wire(0x81, 0xa1, 'a', 1))).toContain(
      'too-large',
    )
    expect(refusal(string({ bytesMax: 2 }), wire(0xa3, 'abc'))).toBe(
      'too-large: it: $ is longer than 2 bytes: it has 3',
    )
    expect(refusal(string({ bytesMax: 1 }), wire(0xa2, 0xc3, 0xa4))).toContain('too-large')
    expect(refusal(bytes({ bytesMax: 2 }), wire(0xc4, 3, 1, 2, 3))).toBe(
      'too-large: it: $ is longer than 2 bytes: it has 3',
    )
  })
})

describe('one message has one encoding', () => {
  const cases: readonly [string, object, Uint8Array][] = [
    ['127 in two bytes', integer(), wire(0xcc, 0x7f)],
    ['255 in three', integer(), wire(0xcd, 0, 0xff)],
    ['65535 in five', integer(), wire(0xce, 0, 0, 0xff, 0xff)],
    ['2^32 - 1 in nine', integer(), wire(0xcf, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)],
    ['1 as a signed number', integer(), wire(0xd0, 1)],
    ['300 as a signed number', integer(), wire(0xd1, 1, 44)],
    ['2^31 - 1 as a signed number', integer(), wire(0xd2, 0x7f, 0xff, 0xff, 0xff)],
    ['2^32 as a signed number', integer(), wire(0xd3, 0, 0, 0, 1, 0, 0, 0, 0)],
    ['-32 in two bytes', integer({ min: -99 }), wire(0xd0, 0xe0)],
    ['-128 in three', integer({ min: -999 }), wire(0xd1, 0xff, 0x80)],
    ['-32768 in five', integer({ min: -99_999 }), wire(0xd2, 0xff, 0xff, 0x80, 0)],
    ['-2^31 in nine', integer({ min: -(2 ** 40) }), wire(0xd3, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0)],
    ['a short text with a long head', string({ bytesMax: 9 }), wire(0xd9, 1, 'a')],
    ['the same with a longer one', string({ bytesMax: 9 }), wire(0xda, 0, 1, 'a')],
    ['the same with the longest', string({ bytesMax: 9 }), wire(0xdb, 0, 0, 0, 1, 'a')],
    ['a byte string with a long head', bytes({ bytesMax: 9 }), wire(0xc5, 0, 1, 0)],
    ['the same with the longest', bytes({ bytesMax: 9 }), wire(0xc6, 0, 0, 0, 1, 0)],
    ['a list with a long head', list, wire(0xdc, 0, 1, 0)],
    ['the same with the longest', list, wire(0xdd, 0, 0, 0, 1, 0)],
    ['a map with a long head', table, wire(0xde, 0, 1, 0xa1, 'a', 0)],
    ['an object with the longest', closed, wire(0xdf, 0, 0, 0, 1, 0xa1, 'a', 0)],
    ['a skipped number', open, wire(0x81, 0xa1, 'x', 0xcc, 1)],
  ]
  test.each(cases)('%s', (_, schema, input) => {
    expect(refusal(schema, input)).toBe('malformed: it: $ is not in its shortest form')
  })

  test('nothing may follow', () => {
    expect(refusal(integer(), wire(1, 2, 3))).toBe('malformed: it: $ is followed by 2 more bytes')
  })
})

describe('numbers', () => {
  const float64 = (value: number): Uint8Array => {
    const written = new Uint8Array(9).fill(0xcb, 0, 1)
    new DataView(written.buffer).setFloat64(1, value)
    return written
  }

  test('beyond the safe integers', () => {
    const wide = integer({ min: Number.MIN_SAFE_INTEGER })
    expect(codecOf(wide).decode(wire(0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))).toBe(2 ** 53 - 1)
    expect(refusal(wide, wire(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0))).toContain('wrong-shape')
    expect(refusal(wide, wire(0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))).toContain('wrong-shape')
    expect(codecOf(wide).decode(wire(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 1))).toBe(-(2 ** 53) + 1)
    expect(refusal(wide, wire(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0))).toContain('wrong-shape')
    expect(refusal(wide, wire(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0))).toContain('wrong-shape')
  })

  test('floats are no integers, and integers no floats', () => {
    expect(refusal(integer(), float64(1))).toContain('got the float 1')
    expect(refusal(float(), wire(1))).toContain('wrong-shape')
    expect(refusal(float(), wire(0xca, 0, 0, 0, 0))).toContain('got msgpack type 0xca')
  })

  test('NaN and the infinities are refused, -0 is kept', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      expect(refusal(float(), float64(value))).toBe(
        `wrong-shape: it: $ must be a finite number as a 64-bit float, got the float ${value}`,
      )
    }
    expect(Object.is(codecOf(float()).decode(float64(-0)), -0)).toBe(true)
  })
})
