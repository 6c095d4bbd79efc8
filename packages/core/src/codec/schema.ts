import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Describes one kind of value: how it is checked, its bytes, and its static type. Made by the functions beside it. */
export interface Schema<in out Value> {
  /** How many levels of lists, maps and objects it has; 0 for a plain value. */
  readonly depth: number
  readonly read: (reader: Reader) => Value
  readonly write: (writer: Writer, value: Value) => void
}

/** Any schema, where its type does not matter yet. */
export interface AnySchema {
  readonly depth: number
  readonly read: (reader: Reader) => unknown
  readonly write: (writer: Writer, value: never) => void
}

/** The type of the values that a schema describes. */
export type Infer<Described extends AnySchema> = ReturnType<Described['read']>
