import { glimpse } from './glimpse.ts'
import { refuse } from './refusal.ts'
import type { AnySchema, Infer, Schema } from './schema.ts'
import { asTarget, Shape, type OptionalField } from './shape.ts'

type Fields = Readonly<Record<string, AnySchema | OptionalField<AnySchema>>>

/** The object that these fields describe; what is optional may be missing, and is then never there as `undefined`. */
type ObjectOf<Described extends Fields> = Flat<
  {
    readonly [
      Name in keyof Described as Described[Name] extends AnySchema ? Name : never
    ]: Described[Name] extends AnySchema ? Infer<Described[Name]> : never
  } & {
    readonly [
      Name in keyof Described as Described[Name] extends AnySchema ? never : Name
    ]?: Described[Name] extends OptionalField<infer Of> ? Infer<Of> : never
  }
>

/** One object type in place of an intersection, for the sake of messages from the compiler. */
export type Flat<Value> = { [Name in keyof Value]: Value[Name] } & {}

export interface ObjectSchema<in out Value> extends Schema<Value> {
  readonly shape: Shape
}

export interface ObjectOptions {
  /**
   * What to do with fields that the schema does not have: `refuse` them (the default), or `skip` them, so that a later
   * version may add some.
   */
  readonly unknownFields?: 'refuse' | 'skip'
}

/** Named fields. A value that has more than these may be encoded; the others are left out. */
export function object<const Described extends Fields>(
  fields: Described,
  { unknownFields = 'refuse' }: ObjectOptions = {},
): ObjectSchema<ObjectOf<Described>> {
  const shape = new Shape(fields, unknownFields === 'skip')
  return {
    depth: shape.depth,
    shape,
    read(reader) {
      const start = reader.position
      const count = reader.mapCount()
      if (count === -1) refuse('wrong-shape', `must be an object, got ${glimpse(reader, start)}`)
      const value = {}
      shape.read(reader, count, value)
      return value as ObjectOf<Described>
    },
    write(writer, value) {
      const target = asTarget(value)
      writer.mapHead(shape.count(target))
      shape.write(writer, target)
    },
  }
}

/** Marks a field of an object that may be missing. */
export function optional<Of extends AnySchema>(of: Of): OptionalField<Of> {
  return { optional: of }
}
