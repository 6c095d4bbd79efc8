import { assert } from '../errors/index.ts'
import type { Reader } from './reader.ts'
import { passing, refuse, shownText, shownValue } from './refusal.ts'
import type { AnySchema, Schema } from './schema.ts'
import { skipValue } from './skipping.ts'
import { wireName } from './wire-name.ts'
import type { Writer } from './writer.ts'

/** A field that a message may lack. */
export interface OptionalField<Of extends AnySchema> {
  readonly optional: Of
}

interface Field {
  readonly name: string
  readonly key: Uint8Array
  readonly schema: Schema<unknown>
  readonly isOptional: boolean
}

/** An object whose fields are being read or written. */
type Target = Record<string, unknown>

/**
 * The fields of an object. They travel in the order of their names, so that moving a line in a schema changes no byte,
 * a field cannot come twice, and the next field is nearly always found by comparing its name with the bytes that stand
 * there.
 */
export class Shape {
  readonly depth: number
  readonly #fields: readonly Field[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #hasOptional: boolean
  /** Whether fields that are not known are skipped. */
  readonly #isOpen: boolean

  constructor(fields: Readonly<Record<string, AnySchema | OptionalField<AnySchema>>>, isOpen: boolean) {
    this.#fields = Object.entries(fields)
      .map(([name, described]) => fieldOf(name, described))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    this.#indexes = new Map(this.#fields.map(({ name }, index) => [name, index]))
    this.#hasOptional = this.#fields.some(({ isOptional }) => isOptional)
    this.#isOpen = isOpen
    this.depth = 1 + this.#fields.reduce((deepest, { schema }) => Math.max(deepest, schema.depth), 0)
  }

  has(name: string): boolean {
    return this.#indexes.has(name)
  }

  /** Reads so many fields into `target`, which has none of them yet, but perhaps the `type` of a union. */
  read(reader: Reader, count: number, target: Target): void {
    const fields = this.#fields
    let next = 0
    let at = ''
    try {
      for (let left = count; left > 0; left--) {
        let field = fields[next]
        if (field === undefined || !reader.takes(field.key)) {
          field = this.#find(reader, next, target)
          if (field === undefined) continue
          next = this.#indexes.get(field.name) as number
        }
        at = field.name
        target[at] = field.schema.read(reader)
        at = ''
        next++
      }
      this.#requireNone(next, fields.length)
    } catch (error) {
      if (at !== '') passing(error, `.${at}`)
      throw error
    }
  }

  /** How many fields of the value will be written. */
  count(value: Target): number {
    if (!this.#hasOptional) return this.#fields.length
    let count = 0
    for (const { name, isOptional } of this.#fields) if (!isOptional || value[name] !== undefined) count++
    return count
  }

  write(writer: Writer, value: Target): void {
    let at = ''
    try {
      for (const { name, key, schema, isOptional } of this.#fields) {
        at = name
        const content = value[at]
        if (isOptional && content === undefined) continue
        writer.raw(key)
        schema.write(writer, content)
      }
    } catch (error) {
      passing(error, `.${at}`)
      throw error
    }
  }

  /** The field, not before `next`, whose name stands here; undefined where that was skipped. */
  #find(reader: Reader, next: number, target: Target): Field | undefined {
    const name = readName(reader)
    const index = this.#indexes.get(name)
    if (index === undefined) {
      if (Object.hasOwn(target, name)) outOfPlace(name) // The `type` of a union, which is no field of the shape.
      if (!this.#isOpen) refuse('wrong-shape', `has the field ${shownText(name)}, which this version does not know`)
      skipValue(reader)
      return undefined
    }
    if (index < next) outOfPlace(name)
    this.#requireNone(next, index)
    return this.#fields[index]
  }

  #requireNone(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const field = this.#fields[index] as Field
      if (!field.isOptional) refuse('wrong-shape', `lacks the field ${shownText(field.name)}`)
    }
  }
}

/** Tells an object from whatever else a careless caller may hand over. */
export function asTarget(value: unknown): Target {
  if (typeof value === 'object' && value !== null) return value as Target
  return refuse('wrong-shape', `must be an object, got ${shownValue(value)}`)
}

function outOfPlace(name: string): never {
  refuse('wrong-shape', `has the field ${shownText(name)} twice or not in the order of names`)
}

/** Any text of at most 31 bytes, as every name is. */
function readName(reader: Reader): string {
  const head = reader.byte()
  if ((head & 0xe0) !== 0xa0) refuse('wrong-shape', 'has a field whose name is not a text of at most 31 bytes')
  return reader.text(head & 0x1f)
}

function fieldOf(name: string, described: AnySchema | OptionalField<AnySchema>): Field {
  assert(/^[a-z][A-Za-z0-9]*$/.test(name), `a field is named like a variable: ${name}`)
  assert(!(name in Object.prototype), `no field has the name of something that every object has: ${name}`)
  const isOptional = 'optional' in described
  const schema = (isOptional ? described.optional : described) as unknown as Schema<unknown>
  return { name, key: wireName(name), schema, isOptional }
}
