import type { AnySchema, Said, Schema, ValueOf } from './schema.ts'

/** Lengths are in UTF-16 units, as those of JavaScript are. */
export function text(
  options: Said & { readonly lengthMax?: number; readonly lengthMin?: number } = {},
): Schema<string> {
  const { lengthMax, lengthMin, ...rest } = options
  return {
    type: 'string',
    ...(lengthMin === undefined ? {} : { minLength: lengthMin }),
    ...(lengthMax === undefined ? {} : { maxLength: lengthMax }),
    ...rest,
  }
}

/** A moment, as ISO 8601. */
export function moment(said: Said = {}): Schema<string> {
  return { type: 'string', format: 'date-time', ...said }
}

/** Bytes, as a text. */
export function base64(options: Said & { readonly lengthMax?: number } = {}): Schema<string> {
  return { ...text(options), contentEncoding: 'base64' }
}

/** A whole number that JavaScript can count. */
export function whole(options: Said & { readonly least?: number; readonly most?: number } = {}): Schema<number> {
  const { least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER, ...said } = options
  return { type: 'integer', minimum: least, maximum: most, ...said }
}

/** A whole number from 0 on. */
export function count(options: Said & { readonly most?: number } = {}): Schema<number> {
  return whole({ least: 0, ...options })
}

/** Any number. */
export function figure(said: Said = {}): Schema<number> {
  return { type: 'number', ...said }
}

export function flag(said: Said = {}): Schema<boolean> {
  return { type: 'boolean', ...said }
}

export function oneOf<const Value extends string | number | boolean>(
  values: readonly Value[],
  said: Said = {},
): Schema<Value> {
  return { enum: values, ...said }
}

export function list<Value>(
  items: Schema<Value>,
  options: Said & { readonly countMax?: number } = {},
): Schema<readonly Value[]> {
  const { countMax, ...said } = options
  return { type: 'array', items, ...(countMax === undefined ? {} : { maxItems: countMax }), ...said }
}

/** Values by names that nobody knows beforehand. */
export function table<Value>(values: Schema<Value>, said: Said = {}): Schema<Readonly<Record<string, Value>>> {
  return { type: 'object', additionalProperties: values, ...said }
}

/** `null` where there is none. */
export function nullable<Value>(schema: Schema<Value>, said: Said = {}): Schema<Value | null> {
  return { anyOf: [schema, { type: 'null' }], ...said }
}

export function either<const Choices extends readonly AnySchema[]>(
  choices: Choices,
  said: Said = {},
): Schema<ValueOf<Choices[number]>> {
  return { anyOf: choices, ...said }
}

/** What is not looked into here. */
export function anything<Value = unknown>(said: Said = {}): Schema<Value> {
  return said
}

/** Texts of one kind, as ids: whoever makes them has looked at their form. */
export function kindOf<Value extends string>(schema: AnySchema): Schema<Value> {
  return { ...schema }
}

/** A field that need not be there. */
export interface OptionalField<Value> {
  readonly schema: Schema<Value>
  readonly isOptional: true
}

export function optional<Value>(schema: Schema<Value>): OptionalField<Value> {
  return { schema, isOptional: true }
}

/** A field that need not be there, and is this then. */
export interface UsualField<Value> {
  readonly schema: Schema<Value>
  readonly isUsual: true
}

export function usual<Value>(schema: Schema<Value>, value: Value): UsualField<Value> {
  return { schema: { ...schema, default: value }, isUsual: true }
}

/** Neither has values of its own kind here, as those count in both directions. */
type WrappedField =
  | { readonly schema: AnySchema; readonly isOptional: true }
  | { readonly schema: AnySchema; readonly isUsual: true }

type Field = AnySchema | WrappedField
type Fields = Readonly<Record<string, Field>>

type ValueIn<Each> = Each extends { readonly schema: infer Inner } ? ValueOf<Inner> : ValueOf<Each>

type OptionalNames<All extends Fields> = {
  [Name in keyof All]: All[Name] extends { readonly isOptional: true } ? Name : never
}[keyof All]

/** The values of an object with these fields. */
export type ObjectOf<All extends Fields> = {
  readonly [Name in Exclude<keyof All, OptionalNames<All>>]: ValueIn<All[Name]>
} & { readonly [Name in OptionalNames<All>]?: ValueIn<All[Name]> }

/** With these fields and no others. */
export function object<All extends Fields>(fields: All, said: Said = {}): Schema<ObjectOf<All>> {
  const entries = Object.entries<Field>(fields)
  const schemas = entries.map(([name, field]) => [name, isWrapped(field) ? field.schema : field] as const)
  return {
    type: 'object',
    properties: Object.fromEntries(schemas),
    required: entries.filter(([, field]) => !isWrapped(field)).map(([name]) => name),
    additionalProperties: false,
    ...said,
  }
}

/** What is never shown or written down: a password, a token. */
export function secret<Value>(schema: Schema<Value>): Schema<Value> {
  return { ...schema, writeOnly: true }
}

/** As documents call it. */
export function named<Value>(title: string, schema: Schema<Value>): Schema<Value> {
  return { ...schema, title }
}

function isWrapped(field: Field): field is WrappedField {
  return 'schema' in field
}
