import type { AnySchema } from './schema.ts'

/** What a value may be, as it stands in a sentence: "a whole number from 1 to 9". */
export function wordsOf(schema: AnySchema): string {
  if (schema.enum !== undefined) return schema.enum.length === 1 ? shown(schema.enum[0]) : `one of ${namesOf(schema)}`
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(wordsOf))].join(' or ')
  return schema.type === undefined ? 'anything' : words[schema.type](schema)
}

const words: Readonly<Record<NonNullable<AnySchema['type']>, (schema: AnySchema) => string>> = {
  string: textWords,
  integer: (schema) => `a whole number${rangeWords(schema)}`,
  number: (schema) => `a number${rangeWords(schema)}`,
  boolean: () => 'true or false',
  null: () => 'null',
  array: ({ maxItems }) => (maxItems === undefined ? 'a list' : `a list of at most ${maxItems}`),
  object: () => 'an object',
}

function namesOf({ enum: values = [] }: AnySchema): string {
  return values.map(String).join(', ')
}

function textWords({ format, contentEncoding, minLength = 0, maxLength }: AnySchema): string {
  if (format === 'date-time') return 'a time, as 2026-01-31T12:00:00Z'
  const what = contentEncoding === 'base64' ? 'base64' : 'a text'
  if (maxLength === undefined) return minLength > 0 ? `${what} of at least ${minLength} characters` : what
  return minLength > 0
    ? `${what} of ${minLength} to ${maxLength} characters`
    : `${what} of at most ${maxLength} characters`
}

function rangeWords({ minimum = -Infinity, maximum = Infinity }: AnySchema): string {
  const hasLeast = minimum > Number.MIN_SAFE_INTEGER
  const hasMost = maximum < Number.MAX_SAFE_INTEGER
  if (hasLeast && hasMost) return ` from ${minimum} to ${maximum}`
  if (hasLeast) return ` from ${minimum} on`
  return hasMost ? ` up to ${maximum}` : ''
}

function shown(value: unknown): string {
  return JSON.stringify(value)
}
