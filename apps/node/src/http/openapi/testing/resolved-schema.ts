import type { AnySchema } from '../../../schema/schema.ts'
import type { OpenApiDocument } from '../openapi-document.ts'

/** A schema of the document with what it refers to in the place of the reference; throws where that is not there. */
export function resolved({ components }: Pick<OpenApiDocument, 'components'>, schema: unknown): AnySchema {
  return within(schema, (name) => {
    const found = Object.hasOwn(components.schemas, name) ? components.schemas[name] : undefined
    if (found === undefined) throw new Error(`the document refers to ${name}, which is not there`)
    return found
  }) as AnySchema
}

function within(value: unknown, named: (name: string) => object): unknown {
  if (Array.isArray(value)) return value.map((each) => within(each, named))
  if (typeof value !== 'object' || value === null) return value
  const { $ref: reference } = value as { readonly $ref?: string }
  if (reference !== undefined) return within(named(reference.replace('#/components/schemas/', '')), named)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, within(each, named)]))
}
