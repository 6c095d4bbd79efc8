import { describe, expect, expectTypeOf, test } from 'vitest'
import { FlotillaError } from '../errors/index.ts'
import { createCodec } from './codec.ts'
import { array, map } from './collections.ts'
import { nullable } from './nullable.ts'
import { object, optional } from './object.ts'
import { refined } from './refined.ts'
import { parseColour } from './sample-message.ts'
import { boolean, float, integer, literal } from './scalars.ts'
import type { Infer, Schema } from './schema.ts'
import { bytes, string } from './strings.ts'
import { union } from './union.ts'

type Term = number & { readonly brand: 'Term' }
type Name = string & { readonly brand: 'Name' }

function roundTrip<Value>(schema: Schema<Value>, value: Value): Value {
  const codec = createCodec({ name: 'it', schema })
  return codec.decode(codec.encode(value))
}

test('what stands at the edges of each form comes back', () => {
  const wide = integer({ min: Number.MIN_SAFE_INTEGER })
  const edges = [5, 7, 8, 15, 16, 31, 32, 40, 52, 53].flatMap((bits) => [2 ** bits - 2, 2 ** bits - 1, 2 ** bits])
  for (const edge of [0, 1, ...edges].filter(Number.isSafeInteger)) {
    expect(roundTrip(wide, edge)).toBe(edge)
    expect(roundTrip(wide, -edge)).toBe(0 - edge)
  }
  for (const length of [0, 1, 15, 16, 23, 24, 31, 32, 85, 86, 255, 256, 65_535, 65_536]) {
    for (const unit of ['x', 'ä', '€', '🚢']) {
      expect(roundTrip(string({ bytesMax: 300_000 }), unit.repeat(length))).toBe(unit.repeat(length))
    }
    expect(roundTrip(bytes({ bytesMax: 300_000 }), new Uint8Array(length).fill(3))).toEqual(
      new Uint8Array(length).fill(3),
    )
    const items = Array.from({ length }, (_, index) => index)
    expect(roundTrip(array(integer(), { countMax: 70_000 }), items)).toEqual(items)
    const entries = new Map(items.map((item) => [String(item), item]))
    expect(roundTrip(map(string({ bytesMax: 5 }), integer(), { countMax: 70_000 }), entries)).toEqual(entries)
  }
  for (const value of [0, -0, 1.5, Number.MAX_VALUE, Number.MIN_VALUE, -1e300])
    expect(roundTrip(float(), value)).toBe(value)
})

test('what is out of range is refused in both directions', () => {
  const dice = integer({ min: 1, max: 6 })
  const anything = createCodec({ name: 'it', schema: integer({ min: -99 }) })
  for (const wrong of [0, 7, -1, 1.5, NaN, Infinity]) {
    expect(() => createCodec({ name: 'it', schema: dice }).encode(wrong)).toThrow('must be a whole number from 1 to 6')
  }
  for (const wrong of [0, 7, -1]) {
    expect(() => createCodec({ name: 'it', schema: dice }).decode(anything.encode(wrong))).toThrow(
      `from 1 to 6, got ${wrong}`,
    )
  }
  expect(() => createCodec({ name: 'it', schema: float() }).encode(NaN)).toThrow('must be a finite number')
  expect(() => createCodec({ name: 'it', schema: boolean() }).encode(1 as unknown as boolean)).toThrow(
    'true or false, got 1',
  )
  expect(() => createCodec({ name: 'it', schema: boolean() }).decode(anything.encode(1))).toThrow(
    'true or false, got 1',
  )
})

test('a literal is one of its texts', () => {
  const mode = literal('shared', 'exclusive')
  expectTypeOf<Infer<typeof mode>>().toEqualTypeOf<'shared' | 'exclusive'>()
  expect(roundTrip(mode, 'exclusive')).toBe('exclusive')
  const codec = createCodec({ name: 'it', schema: mode })
  expect(() => codec.encode('toString' as 'shared')).toThrow('must be "shared" or "exclusive", got "toString"')
  const other = createCodec({ name: 'it', schema: literal('share') })
  expect(() => codec.decode(other.encode('share'))).toThrow('must be "shared" or "exclusive", got "share"')
  expect(() => literal('x'.repeat(32))).toThrow('at most 31 bytes')
})

test('a nullable value may be null', () => {
  const schema = nullable(integer<Term>())
  expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<Term | null>()
  expect(roundTrip(schema, null)).toBe(null)
  expect(roundTrip(schema, 3 as Term)).toBe(3)
})

describe('a refined value', () => {
  const colour = refined(string({ bytesMax: 9 }), parseColour)
  const codec = createCodec({ name: 'it', schema: colour })
  const text = createCodec({ name: 'it', schema: string({ bytesMax: 9 }) })

  test('has the type and passes the rules of its parser', () => {
    expectTypeOf<Infer<typeof colour>>().toEqualTypeOf<ReturnType<typeof parseColour>>()
    expect(codec.decode(text.encode('red'))).toBe('red')
    expect(() => codec.decode(text.encode('r2d2'))).toThrow('it: $ is refused: "r2d2" is no colour')
  })

  test('is taken only in the form that the parser returns', () => {
    expect(() => codec.decode(text.encode('Red'))).toThrow('it: $ must be written as "red"')
  })

  test('does not hide a bug of its parser', () => {
    const broken = refined(string({ bytesMax: 9 }), () => {
      throw new TypeError('bug')
    })
    expect(() => createCodec({ name: 'it', schema: broken }).decode(text.encode('x'))).toThrow(TypeError)
  })
})

describe('an object', () => {
  const first = object({ term: integer<Term>(), name: optional(string<Name>({ bytesMax: 9 })) })
  const second = object({
    name: optional(string<Name>({ bytesMax: 9 })),
    term: integer<Term>(),
    added: optional(boolean()),
  })
  const tolerant = object({ term: integer<Term>() }, { unknownFields: 'skip' })
  const value = { term: 3 as Term, name: 'n' as Name }

  test('has the type of its fields', () => {
    expectTypeOf<Infer<typeof first>>().toEqualTypeOf<{ readonly term: Term; readonly name?: Name }>()
  })

  test('has the same bytes in whatever order its fields are listed', () => {
    const encoded = createCodec({ name: 'it', schema: first }).encode(value)
    expect(createCodec({ name: 'it', schema: second }).encode(value)).toEqual(encoded)
    expect(createCodec({ name: 'it', schema: second }).decode(encoded)).toEqual(value)
  })

  test('lacks what is missing: no field is there as undefined', () => {
    expect(Object.keys(roundTrip(first, { term: 3 as Term }))).toEqual(['term'])
    const careless = { term: 3 as Term, name: undefined } as unknown as Infer<typeof first>
    expect(Object.keys(roundTrip(first, careless))).toEqual(['term'])
  })

  test('refuses what it does not know, and what it lacks', () => {
    const added = createCodec({ name: 'it', schema: second }).encode({ ...value, added: true })
    expect(() => createCodec({ name: 'it', schema: first }).decode(added)).toThrow(
      'it: $ has the field "added", which this version does not know',
    )
    const empty = createCodec({ name: 'it', schema: object({}) }).encode({})
    expect(() => createCodec({ name: 'it', schema: first }).decode(empty)).toThrow('it: $ lacks the field "term"')
    const later = createCodec({ name: 'it', schema: object({ zone: integer(), at: optional(integer()) }) })
    const both = object({ at: optional(integer()), need: integer(), zone: integer() })
    expect(() => createCodec({ name: 'it', schema: both }).decode(later.encode({ zone: 1 }))).toThrow(
      'lacks the field "need"',
    )
  })

  test('skips what it does not know where it is told to, before, between and after what it knows', () => {
    const anything = object({
      a: array(map(string({ bytesMax: 9 }), nullable(float()), { countMax: 9 }), { countMax: 9 }),
      b: string({ bytesMax: 99_999 }),
      term: integer<Term>(),
      z: bytes({ bytesMax: 99_999 }),
      zz: object({ yes: boolean(), no: boolean(), big: integer(), below: integer({ min: -999 }) }),
    })
    const encoded = createCodec({ name: 'it', schema: anything }).encode({
      a: [
        new Map([
          ['x', 1.5],
          ['y', null],
        ]),
        new Map(),
      ],
      b: 'long '.repeat(9_999),
      term: 7 as Term,
      z: new Uint8Array(70_000),
      zz: { yes: true, no: false, big: 2 ** 40, below: -300 },
    })
    expect(createCodec({ name: 'it', schema: tolerant }).decode(encoded)).toEqual({ term: 7 })
  })

  test('leaves out what its schema does not have', () => {
    const wider = { ...value, extra: 'not sent' }
    expect(roundTrip(first, wider)).toEqual(value)
  })

  test('may have more fields than fit the short head of a map', () => {
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`)
    const wide = object(Object.fromEntries(names.map((name) => [name, integer()])))
    const filled = Object.fromEntries(names.map((name, index) => [name, index]))
    expect(roundTrip(wide, filled)).toEqual(filled)
  })

  test('has fields that are named like variables, and not like what every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'two words', '', 'Ä', '1a']) {
      expect(() => object({ [name]: integer() })).toThrow('broken invariant')
    }
    expect(() => object({ ['x'.repeat(32)]: integer() })).toThrow('at most 31 bytes')
  })
})

describe('a union', () => {
  const schema = union({
    ask: object({ name: string<Name>({ bytesMax: 9 }) }),
    answer: object({ term: integer<Term>(), late: optional(boolean()) }),
  })
  type Message =
    | { readonly type: 'ask'; readonly name: Name }
    | { readonly type: 'answer'; readonly term: Term; readonly late?: boolean }
  const codec = createCodec({ name: 'it', schema })

  test('has the type of its cases', () => {
    expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<Message>()
    const annotated: Schema<Message> = schema
    expect(annotated).toBe(schema)
    // @ts-expect-error a schema stands for exactly its type, no wider and no narrower one.
    const narrower: Schema<Message & { type: 'ask' }> = schema
    expect(narrower).toBe(schema)
  })

  test('sends the type first', () => {
    expect(String.fromCharCode(...codec.encode({ type: 'answer', term: 3 as Term }))).toBe(
      '\x82\xa4type\xa6answer\xa4term\x03',
    )
  })

  test('refuses a type that it does not know, in both directions', () => {
    const wider = createCodec({ name: 'it', schema: union({ shout: object({}) }) })
    expect(() => codec.decode(wider.encode({ type: 'shout' }))).toThrow(
      'it: $ has the type "shout", which this version does not know',
    )
    expect(() => codec.encode({ type: 'shout' } as unknown as Message)).toThrow('$ has the unknown type "shout"')
    expect(() => codec.encode({ type: 'toString' } as unknown as Message)).toThrow('$ has the unknown type "toString"')
    expect(() => codec.encode(3 as unknown as Message)).toThrow('$ must be an object, got 3')
  })

  test('refuses what has no type, or not in first place', () => {
    const untyped = createCodec({
      name: 'it',
      schema: object({ atype: optional(integer()), type: optional(literal('ask')) }),
    })
    expect(() => codec.decode(untyped.encode({}))).toThrow('lacks the field "type" in first place')
    expect(() => codec.decode(untyped.encode({ atype: 1, type: 'ask' }))).toThrow(
      'lacks the field "type" in first place',
    )
    expect(() => codec.decode(Uint8Array.of(1))).toThrow('must be an object, got 1')
    const behind = Uint8Array.from('\x80\xa4type\xa4ping', (unit) => unit.charCodeAt(0))
    expect(() => createCodec({ name: 'it', schema: union({ ping: object({}) }) }).decode(behind)).toThrow(
      'lacks the field',
    )
  })

  test('adds the type itself', () => {
    expect(() => union({ ask: object({ type: literal('ask') }) })).toThrow(
      'the union adds the field "type" itself: ask',
    )
  })
})

test('a schema with impossible limits is a bug of its author', () => {
  for (const wrong of [-1, 1.5, NaN, 2 ** 32]) {
    expect(() => string({ bytesMax: wrong })).toThrow('string: bytesMax')
    expect(() => bytes({ bytesMax: wrong })).toThrow('bytes: bytesMax')
    expect(() => array(integer(), { countMax: wrong })).toThrow('array: countMax')
    expect(() => map(string({ bytesMax: 1 }), integer(), { countMax: wrong })).toThrow('map: countMax')
  }
  expect(() => integer({ min: 2, max: 1 })).toThrow('integer: min <= max')
  expect(() => integer({ max: 2 ** 53 })).toThrow('integer: min <= max')
})

test('what parsers throw is theirs', () => {
  expect(() => parseColour('2')).toThrow(FlotillaError)
})
