/**
 * A JSON Schema (2020-12), of the few words that are known here. It says of each value whether it is one of these; what
 * TypeScript calls them is `Value`, and the compiler holds an interface and its schema to each other.
 */
export interface Schema<Value = unknown> extends AnySchema {
  /** Never there. In both directions, so that neither may have more than the other. */
  readonly '~value'?: (value: Value) => Value
}

export type ValueOf<Each> = Each extends Schema<infer Value> ? Value : never

/** A schema of any values. At least one of `type`, `enum` and `anyOf` is there, or everything is allowed. */
export interface AnySchema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object'
  /** How documents call it: such a schema is written down once there. */
  readonly title?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  /** What stands in its place where it is not given. */
  readonly default?: unknown
  readonly enum?: readonly (string | number | boolean)[]
  readonly anyOf?: readonly AnySchema[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: 'date-time'
  readonly contentEncoding?: 'base64'
  /** A secret: it is taken, and never shown. */
  readonly writeOnly?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: AnySchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, AnySchema>>
  readonly required?: readonly string[]
  /** `false` refuses other fields; a schema is for all of them. */
  readonly additionalProperties?: false | AnySchema
}

/** What every schema may be told besides. */
export interface Said {
  readonly description?: string
  readonly examples?: readonly unknown[]
}
