import { assert } from '../errors/index.ts'
import { glimpse } from './glimpse.ts'
import type { Flat } from './object.ts'
import type { Reader } from './reader.ts'
import { refuse, shownValue } from './refusal.ts'
import type { AnySchema, Infer, Schema } from './schema.ts'
import { asTarget, type Shape } from './shape.ts'
import { wireName } from './wire-name.ts'

type Cases = Readonly<Record<string, AnySchema & { readonly shape: Shape }>>

type UnionOf<Described extends Cases> = {
  [Type in keyof Described & string]: Flat<{ readonly type: Type } & Infer<Described[Type]>>
}[keyof Described & string]

interface Case {
  readonly type: string
  readonly tag: Uint8Array
  readonly shape: Shape
}

/** One of several objects, told apart by the field `type`, which the union adds to each and which travels first. */
export function union<const Described extends Cases>(described: Described): Schema<UnionOf<Described>> {
  const cases = Object.entries(described).map(([type, { shape }]): Case => {
    assert(!shape.has('type'), `the union adds the field "type" itself: ${type}`)
    return { type, tag: wireName(type), shape }
  })
  const byType = new Map(cases.map((each) => [each.type, each]))
  return {
    depth: cases.reduce((deepest, { shape }) => Math.max(deepest, shape.depth), 0),
    read(reader) {
      const start = reader.position
      const count = reader.mapCount()
      if (count === -1) refuse('wrong-shape', `must be an object, got ${glimpse(reader, start)}`)
      if (count === 0 || !reader.takes(typeKey)) refuse('wrong-shape', 'lacks the field "type" in first place')
      const { type, shape } = caseAt(reader, cases)
      const value = { type }
      shape.read(reader, count - 1, value)
      return value as UnionOf<Described>
    },
    write(writer, value) {
      const target = asTarget(value)
      const found = byType.get(target['type'] as string)
      if (found === undefined) refuse('wrong-shape', `has the unknown type ${shownValue(target['type'])}`)
      writer.mapHead(1 + found.shape.count(target))
      writer.raw(typeKey)
      writer.raw(found.tag)
      found.shape.write(writer, target)
    },
  }
}

const typeKey = wireName('type')

function caseAt(reader: Reader, cases: readonly Case[]): Case {
  for (const each of cases) if (reader.takes(each.tag)) return each
  const shown = glimpse(reader, reader.position)
  return refuse('unknown-type', `has the type ${shown}, which this version does not know`)
}
