import type { AnySchema } from './schema.ts'
import { wordsOf } from './words.ts'

/** Why a value is none of a schema, in words. */
export interface Problem {
  /** As "seconds is not a whole number from 1 to 9". */
  readonly what: string
  /** What to do instead, where more can be said. */
  readonly hint?: string
}

const nameShownMax = 64
const namesShownMax = 30
const timeForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/i

/**
 * Undefined for a value of that schema. `name` is what the sentence calls the value. It goes as deep as the schema,
 * whatever the value is.
 */
export function problemOf(schema: AnySchema, value: unknown, name: string): Problem | undefined {
  if (schema.enum !== undefined) {
    return schema.enum.some((each) => each === value) ? undefined : isNot(schema, name)
  }
  if (schema.anyOf !== undefined) return problemOfChoices(schema, schema.anyOf, value, name)
  return schema.type === undefined ? undefined : checks[schema.type](schema, value, name)
}

type Check = (schema: AnySchema, value: unknown, name: string) => Problem | undefined

const checks: Readonly<Record<NonNullable<AnySchema['type']>, Check>> = {
  string: (schema, value, name) => {
    return typeof value === 'string' && isText(schema, value) ? undefined : isNot(schema, name)
  },
  integer: (schema, value, name) => {
    return Number.isInteger(value) && isInRange(schema, value) ? undefined : isNot(schema, name)
  },
  number: (schema, value, name) => {
    return Number.isFinite(value) && isInRange(schema, value) ? undefined : isNot(schema, name)
  },
  boolean: (_schema, value, name) => {
    return typeof value === 'boolean' ? undefined : { what: `${name} is neither true nor false` }
  },
  null: (schema, value, name) => (value === null ? undefined : isNot(schema, name)),
  array: (schema, value, name) => {
    return Array.isArray(value) ? problemOfList(schema, value, name) : isNot(schema, name)
  },
  object: (schema, value, name) => {
    return isObject(value) ? problemOfObject(schema, value, name) : isNot(schema, name)
  },
}

function isNot(schema: AnySchema, name: string): Problem {
  return { what: `${name} is not ${wordsOf(schema)}` }
}

function isText({ minLength = 0, maxLength = Infinity, format, contentEncoding }: AnySchema, value: string): boolean {
  if (value.length < minLength || value.length > maxLength) return false
  if (format === 'date-time') return timeForm.test(value) && !Number.isNaN(Date.parse(value))
  // `Buffer` skips what is not base64.
  return contentEncoding === undefined || Buffer.from(value, 'base64').toString('base64') === value
}

function isInRange({ minimum = -Infinity, maximum = Infinity }: AnySchema, value: unknown): boolean {
  return typeof value === 'number' && value >= minimum && value <= maximum
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problemOfList(schema: AnySchema, values: readonly unknown[], name: string): Problem | undefined {
  const { items, minItems = 0, maxItems = Infinity } = schema
  if (values.length < minItems || values.length > maxItems) return isNot(schema, name)
  if (items === undefined) return undefined
  for (const [index, value] of values.entries()) {
    const problem = problemOf(items, value, `${name}[${index}]`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function problemOfObject(
  schema: AnySchema,
  value: Readonly<Record<string, unknown>>,
  name: string,
): Problem | undefined {
  const { properties = {}, required = [], additionalProperties } = schema
  // First, as what is missing may have been misspelt.
  for (const field of Object.keys(value)) {
    if (Object.hasOwn(properties, field)) continue
    const at = JSON.stringify(field.slice(0, nameShownMax))
    if (additionalProperties === false) return { what: `${name} has a field ${at}`, hint: thereAre(properties) }
    if (additionalProperties === undefined) continue
    const problem = problemOf(additionalProperties, value[field], below(name, at))
    if (problem !== undefined) return problem
  }
  for (const field of required) {
    const wanted = properties[field]
    if (wanted === undefined || Object.hasOwn(value, field)) continue
    return { what: `${below(name, field)} is missing`, hint: `it is ${wordsOf(wanted)}; ${thereAre(properties)}` }
  }
  for (const [field, each] of Object.entries(properties)) {
    if (!Object.hasOwn(value, field)) continue
    const problem = problemOf(each, value[field], below(name, field))
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What stands in the thing itself is called by its own name only. */
function below(name: string, field: string): string {
  return name === 'it' ? field : `${name}.${field}`
}

function thereAre(properties: Readonly<Record<string, AnySchema>>): string {
  const names = Object.keys(properties)
  return names.length === 0 ? 'send {}' : `there are ${names.slice(0, namesShownMax).join(', ')}`
}

/** Of objects of several kinds, the one that it says that it is tells best what is wrong. */
function problemOfChoices(
  schema: AnySchema,
  choices: readonly AnySchema[],
  value: unknown,
  name: string,
): Problem | undefined {
  const problems = choices.map((choice) => problemOf(choice, value, name))
  if (problems.includes(undefined)) return undefined
  const likely = choices.flatMap((choice, index) => (isOfKind(choice, value) ? [problems[index]] : []))
  if (likely[0] !== undefined) return likely[0]
  const areObjects = choices.every(({ type }) => type === 'object')
  return areObjects && isObject(value) ? { what: `${name} is none of the objects that it may be` } : isNot(schema, name)
}

function isOfKind({ type, properties = {} }: AnySchema, value: unknown): boolean {
  if (type !== 'object' || !isObject(value)) return false
  return Object.entries(properties).every(([field, { enum: values }]) => {
    return values === undefined || values.some((each) => each === value[field])
  })
}
