import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Describes one kind of value: how it is checked, its bytes, and its static type. Made by the functions beside it. */
export interface Schema<in out Value> {
  /** How many levels of lists, maps and objects it has; 0 for a plain value. */
  readonly depth: number
  readonly read: (reader: Reader) => Value
  readonly write: (writer: Writer, value: Value) => void
}

/**
 * Any schema, where its type does not matter yet. It says nothing of `write`: whatever stood there for the value would
 * be what the compiler infers for an `integer()` among the fields of an object.
 */
export type AnySchema = Pick<Schema<unknown>, 'depth' | 'read'>

/** The type of the values that a schema describes. */
export type Infer<Described extends AnySchema> = ReturnType<Described['read']>
