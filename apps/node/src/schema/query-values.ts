import type { AnySchema } from './schema.ts'
import { problemOf, type Problem } from './checking.ts'
import { wordsOf } from './words.ts'

const wholeForm = /^-?\d{1,15}$/

/** The values of an address, as an object schema has them; or what is wrong with them. */
export function queryValues(
  schema: AnySchema,
  query: URLSearchParams,
): { readonly values: Readonly<Record<string, unknown>> } | { readonly problem: Problem } {
  const { properties = {}, required = [] } = schema
  const values = usualValues(properties)
  for (const [name, given] of grouped(query)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property === undefined) return unknownParameter(properties)
    if (property.type !== 'array' && given.length > 1) return unknownParameter(properties)
    const value = valueOf(property, given)
    const problem = problemOf(property, value, `the parameter ${name}`)
    if (problem !== undefined) return { problem: { hint: `give ${wordsOf(property)}`, ...problem } }
    values[name] = value
  }
  const missing = required.find((name) => !Object.hasOwn(values, name))
  if (missing === undefined) return { values }
  const wanted = wordsOf(properties[missing] ?? {})
  return { problem: { what: `the parameter ${missing} is missing`, hint: `write ?${missing}=, and ${wanted}` } }
}

/** A document of that schema, with what is usual where nothing was said. */
export function withUsual(schema: AnySchema, document: unknown): unknown {
  const usual = usualValues(schema.properties ?? {})
  return Object.keys(usual).length === 0 ? document : { ...usual, ...(document as object) }
}

function usualValues(properties: Readonly<Record<string, AnySchema>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, { default: value }] of Object.entries(properties)) {
    if (value !== undefined) values[name] = value
  }
  return values
}

function grouped(query: URLSearchParams): ReadonlyMap<string, readonly string[]> {
  return new Map([...query.keys()].map((name) => [name, query.getAll(name)]))
}

function valueOf(schema: AnySchema, given: readonly string[]): unknown {
  const { type, items = {} } = schema
  if (type !== 'array') return singleOf(schema, given[0])
  return given.flatMap((text) => text.split(',')).map((text) => singleOf(items, text))
}

/** What is none of its type stays a text, so that it is refused as what it is. */
function singleOf({ type, anyOf = [] }: AnySchema, text: string | undefined): unknown {
  const chosen = anyOf.map((choice) => singleOf(choice, text)).find((value) => typeof value !== 'string')
  if (chosen !== undefined) return chosen
  if ((type === 'integer' || type === 'number') && text !== undefined && wholeForm.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function unknownParameter(properties: Readonly<Record<string, AnySchema>>): { readonly problem: Problem } {
  const names = Object.keys(properties)
  const hint = names.length === 0 ? 'give none' : `give each of ${names.join(', ')} once at most`
  return { problem: { what: 'there is a parameter that is not known here', hint } }
}
