import { code, tableOf } from './markdown-table.ts'

/** As `/v1/openapi.json` says it. */
export interface DescribedApi {
  readonly info: { readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, DescribedSchema>>
    readonly securitySchemes: Readonly<Record<string, { readonly description: string }>>
  }
}

interface DescribedOperation {
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters?: readonly DescribedParameter[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}

interface DescribedParameter {
  readonly name: string
  readonly required: boolean
  readonly description?: string
  readonly schema: DescribedSchema
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: DescribedSchema }>>
}

/** A schema, or what refers to one. */
interface DescribedSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly DescribedSchema[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
  readonly contentEncoding?: string
  readonly contentSchema?: DescribedSchema
  readonly items?: DescribedSchema
  readonly properties?: Readonly<Record<string, DescribedSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false | DescribedSchema
}

export function apiPage(api: DescribedApi): string {
  const { schemas, securitySchemes } = api.components
  const ways = Object.entries(securitySchemes).map(([name, { description }]) => `- ${code(name)}: ${description}`)
  return [
    '# The HTTP API of a node',
    'What a node says of itself at `/v1/openapi.json` (OpenAPI 3.1). This page is made by `pnpm docs:reference`.',
    api.info.description,
    ways.join('\n'),
    ...api.tags.flatMap(({ name }) => [`## ${capital(name)}`, ...operationsOf(api, name)]),
    '## What is answered',
    'Fields that are not marked are always there.',
    ...Object.entries(schemas).flatMap(([name, schema]) => schemaSection(name, schema)),
  ]
    .join('\n\n')
    .concat('\n')
}

function operationsOf(api: DescribedApi, tag: string): readonly string[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .flatMap(([method, operation]) => operationSection(`${method.toUpperCase()} ${path}`, operation)),
  )
}

function operationSection(title: string, operation: DescribedOperation): readonly string[] {
  const { summary, description, parameters = [], requestBody, responses } = operation
  const rows = parameters.map(({ name, required, schema, description: said = '' }) => {
    return [code(name), wordsOf(schema), required ? 'yes' : usualOf(schema), said]
  })
  return [
    `### ${title}`,
    `${capital(summary)}. ${description}`,
    ...(rows.length === 0 ? [] : [tableOf(['parameter', 'may be', 'needed', 'what'], rows)]),
    ...Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) => bodySection(type, schema)),
    answersOf(responses['200'] ?? responses['201']),
  ]
}

function bodySection(type: string, schema: DescribedSchema | undefined): readonly string[] {
  if (schema === undefined) return [`The body is ${code(type)}.`]
  const [example] = schema.examples ?? []
  const shown = example === undefined ? [] : [['```json', JSON.stringify(example, undefined, 2), '```'].join('\n')]
  const fields = fieldRows(schema)
  if (fields.length > 0) return [tableOf(fieldHeads, fields), ...shown]
  return [schema.anyOf === undefined ? 'The document is `{}`.' : `The document is ${wordsOf(schema)}.`, ...shown]
}

function answersOf({ content = {} }: Body = {}): string {
  const answers = Object.entries(content).map(([type, { schema }]) => {
    if (schema?.contentSchema !== undefined) return `events (${wordsOf(schema.contentSchema)})`
    return schema === undefined ? code(type) : wordsOf(schema)
  })
  return `Answers ${answers.join(', or ')}.`
}

const fieldHeads = ['field', 'may be', 'needed', 'what']

function fieldRows({ properties = {}, required = [] }: DescribedSchema): readonly (readonly string[])[] {
  return Object.entries(properties).map(([name, schema]) => {
    return [code(name), wordsOf(schema), required.includes(name) ? 'yes' : usualOf(schema), schema.description ?? '']
  })
}

function usualOf({ default: usual }: DescribedSchema): string {
  return usual === undefined ? '' : `else ${code(JSON.stringify(usual))}`
}

function schemaSection(name: string, schema: DescribedSchema): readonly string[] {
  const heads = ['field', 'is', 'there', 'what']
  const rows = fieldRows(schema).map(([field = '', is = '', needed = '', what = '']) => {
    return [field, is, needed === 'yes' ? '' : 'not always', what]
  })
  const said = schema.description === undefined ? [] : [`${capital(schema.description)}.`]
  const body = rows.length > 0 ? tableOf(heads, rows) : `${capital(wordsOf(schema))}.`
  return [`### ${name}`, ...said, body]
}

function wordsOf(schema: DescribedSchema): string {
  const { $ref: reference, enum: values, anyOf, items, additionalProperties, properties } = schema
  if (reference !== undefined) return linkTo(reference.split('/').at(-1) ?? '')
  if (values !== undefined) return values.map((value) => code(JSON.stringify(value))).join(', ')
  if (anyOf !== undefined) return anyOf.map(wordsOf).join(' or ')
  if (items !== undefined) return `list of ${wordsOf(items)}`
  if (properties !== undefined) return fieldsInline(schema)
  if (typeof additionalProperties === 'object') return `object of ${wordsOf(additionalProperties)}, by name`
  return plainWords(schema)
}

function fieldsInline({ properties = {}, required = [] }: DescribedSchema): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    return `${code(required.includes(name) ? name : `${name}?`)} ${wordsOf(schema)}`
  })
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`
}

function plainWords({ type, format, contentEncoding, minimum, maximum, maxLength }: DescribedSchema): string {
  if (format === 'date-time') return 'time'
  if (contentEncoding === 'base64') return 'base64'
  if (type === 'string') return maxLength === undefined ? 'text' : `text, at most ${maxLength} characters`
  if (type !== 'integer') return type ?? 'anything'
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
  return `whole number${least}${most}`
}

function linkTo(name: string): string {
  return `[${name}](#${name.toLowerCase()})`
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
