import { expect, test } from 'vitest'
import { array, map } from './collections.ts'
import { createCodec } from './codec.ts'
import { codecDefaults } from './limits.ts'
import { object } from './object.ts'
import { Reader } from './reader.ts'
import { sampleSchema, type Sample } from './sample-message.ts'
import { integer } from './scalars.ts'
import type { AnySchema } from './schema.ts'
import { string } from './strings.ts'

/** How often a byte is read, and over how many bytes views are made, while this schema reads these bytes. */
function steps(schema: AnySchema, bytes: Uint8Array): number {
  let taken = 0
  const counting = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) taken++
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...range: [number, number]): unknown => {
        taken += range[1] - range[0]
        return Reflect.apply(value, target, range)
      }
    },
  })
  try {
    schema.read(new Reader(counting, codecDefaults, true))
  } catch {
    // A refusal has its cost too.
  }
  return taken
}

const sampleCodec = createCodec({ name: 'sample', schema: sampleSchema })

function append(count: number): Uint8Array {
  const entries = Array.from({ length: count }, (_, index) => ({ index, payload: new Uint8Array(9), note: 'a note' }))
  return sampleCodec.encode({ type: 'append', term: 1 as (Sample & { type: 'append' })['term'], isLast: true, entries })
}

/** A `bye` with a later version's field that holds so many nested or neighbouring values. */
function later(...content: readonly number[]): Uint8Array {
  const head = Array.from('\x83\xa4type\xa3bye\xa5later', (unit) => unit.charCodeAt(0))
  return Uint8Array.from([...head, ...content])
}

const manyLater = (count: number): Uint8Array =>
  later(0xdd, 0, 1, count >> 8, count & 0xff, ...Array<number>(0x1_0000 + count).fill(0xc0))

const growing: readonly {
  readonly what: string
  readonly schema: AnySchema
  readonly make: (size: number) => Uint8Array
}[] = [
  { what: 'a message that is accepted', schema: sampleSchema, make: append },
  { what: 'one that is refused at its last byte', schema: sampleSchema, make: (size) => append(size).fill(0xc1, -1) },
  { what: 'skipped values', schema: sampleSchema, make: (size) => manyLater(size) },
  { what: 'lists in lists, cut short', schema: sampleSchema, make: (size) => later(...Array<number>(size).fill(0x9f)) },
  {
    what: 'names that come twice',
    schema: object({}, { unknownFields: 'skip' }),
    make: (size) =>
      Uint8Array.from([0xde, size >> 8, size & 0xff, ...Array.from({ length: size }, () => [0xa1, 97, 0]).flat()]),
  },
  {
    what: 'text',
    schema: array(string({ bytesMax: 1_000 }), { countMax: 10_000 }),
    make: (size) =>
      Uint8Array.from([0xdc, size >> 8, size & 0xff, ...Array.from({ length: size }, () => [0xa2, 0xc3, 0xa4]).flat()]),
  },
]

for (const { what, schema, make } of growing) {
  test(`no byte is looked at more than a few times: ${what}`, () => {
    for (const size of [500, 1_000, 2_000, 4_000, 8_000]) {
      const bytes = make(size)
      expect({ size, few: steps(schema, bytes) <= 4 * bytes.length + 100 }).toEqual({ size, few: true })
    }
  })
}

test('nothing is made for what was only announced', () => {
  const tables = array(
    map(string({ bytesMax: 9 }), array(integer(), { countMax: 2 ** 32 - 1 }), { countMax: 2 ** 32 - 1 }),
    {
      countMax: 2 ** 32 - 1,
    },
  )
  // A list of four thousand million maps, of which one begins.
  expect(steps(tables, Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff, 0xdf, 0xff, 0xff, 0xff, 0xff))).toBeLessThan(10)
})

test('no more values come out than bytes went in', () => {
  const nothings = array(array(object({}), { countMax: 2 ** 32 - 1 }), { countMax: 2 ** 32 - 1 })
  const codec = createCodec({ name: 'nothings', schema: nothings })
  const bytes = Uint8Array.of(0x92, 0xdc, 0xff, 0xff, ...Array<number>(0xffff).fill(0x80), 0x90)
  expect(valuesIn(codec.decode(bytes))).toBeLessThanOrEqual(bytes.length)
  expect(valuesIn(sampleCodec.decode(append(1_000)))).toBeLessThanOrEqual(append(1_000).length)
})

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + valuesIn(each), 1)
}
