import { FlotillaError } from '../errors/index.ts'
import { array, map } from './collections.ts'
import { nullable } from './nullable.ts'
import { object, optional } from './object.ts'
import { refined } from './refined.ts'
import { boolean, float, integer, literal } from './scalars.ts'
import type { Schema } from './schema.ts'
import { bytes, string } from './strings.ts'
import { union } from './union.ts'

type Term = number & { readonly brand: 'Term' }
type Colour = string & { readonly brand: 'Colour' }

/** What the tests of this folder send; it uses everything that a schema can say. */
export type Sample =
  | {
      readonly type: 'hello'
      readonly colour: Colour
      readonly mode: 'shared' | 'exclusive'
      readonly load: number | null
      readonly labels: ReadonlyMap<string, string>
      readonly offset: number
    }
  | {
      readonly type: 'append'
      readonly term: Term
      readonly isLast: boolean
      readonly previous?: { readonly index: number; readonly term: Term }
      readonly entries: readonly {
        readonly index: number
        readonly payload: Uint8Array
        readonly note?: string
      }[]
    }
  /** Later versions may add to this one. */
  | { readonly type: 'bye'; readonly reason?: string; readonly code: number }

const term = integer<Term>()

export const sampleSchema: Schema<Sample> = union({
  hello: object({
    colour: refined(string({ bytesMax: 16 }), parseColour),
    mode: literal('shared', 'exclusive'),
    load: nullable(float()),
    labels: map(string({ bytesMax: 32 }), string({ bytesMax: 1_000 }), { countMax: 100 }),
    offset: integer({ min: Number.MIN_SAFE_INTEGER }),
  }),
  append: object({
    term,
    isLast: boolean(),
    previous: optional(object({ index: integer(), term })),
    entries: array(
      object({ index: integer(), payload: bytes({ bytesMax: 100_000 }), note: optional(string({ bytesMax: 300 })) }),
      { countMax: 70_000 },
    ),
  }),
  bye: object({ reason: optional(string({ bytesMax: 300 })), code: integer() }, { unknownFields: 'skip' }),
})

/** Tolerant, as what parses the input of people is; `refined` must nevertheless take one form only. */
export function parseColour(text: string): Colour {
  const colour = text.toLowerCase()
  if (/^[a-z]+$/.test(colour)) return colour as Colour
  throw new FlotillaError('wrong-colour', `${JSON.stringify(text)} is no colour`, { hint: 'use letters only' })
}
