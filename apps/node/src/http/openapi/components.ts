import { named, object, oneOf, text } from '../../schema/building.ts'
import type { AnySchema } from '../../schema/schema.ts'

/** What every refusal of the API looks like. */
export const refusal: AnySchema = named(
  'Refusal',
  object(
    {
      error: object({
        code: text({ description: 'for programs; it stays as it is' }),
        message: text({ description: 'what is wrong' }),
        hint: text({ description: 'what to do about it' }),
      }),
    },
    {
      examples: [
        {
          error: {
            code: 'wrong-document',
            message: 'the document is wrong: role is missing',
            hint: 'it is one of node, agent, operator, replica; there are ttlSeconds, role',
          },
        },
      ],
    },
  ),
)

/** What comes as the last event where something was refused, or failed, after events had begun. */
export const failedEvent: AnySchema = named(
  'FailedEvent',
  object({
    event: oneOf(['failed']),
    error: object({ code: text(), message: text(), hint: text() }),
  }),
)

/** Schemas that have a title are written down once; everywhere else they are referred to. */
export class Components {
  readonly #schemas = new Map<string, { readonly source: AnySchema; readonly written: object }>()

  /** As it stands in a document: referred to if it has a title, else as it is, its own parts referred to. */
  reference(schema: AnySchema): object {
    const { title } = schema
    if (title === undefined) return this.#written(schema)
    const known = this.#schemas.get(title)
    if (known === undefined) {
      this.#schemas.set(title, { source: schema, written: {} })
      this.#schemas.set(title, { source: schema, written: this.#written(schema) })
    } else if (known.source !== schema && JSON.stringify(known.source) !== JSON.stringify(schema)) {
      throw new TypeError(`two schemas are called ${title}`)
    }
    return { $ref: `#/components/schemas/${title}` }
  }

  all(): Readonly<Record<string, object>> {
    const entries = [...this.#schemas].map(([title, { written }]) => [title, written] as const)
    return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }

  #written(schema: AnySchema): object {
    const {
      '~value': _never,
      title: _title,
      items,
      anyOf,
      properties,
      additionalProperties,
      ...rest
    } = schema as AnySchema & {
      readonly '~value'?: never
    }
    return {
      ...rest,
      ...(items === undefined ? {} : { items: this.reference(items) }),
      ...(anyOf === undefined ? {} : { anyOf: anyOf.map((each) => this.reference(each)) }),
      ...(properties === undefined ? {} : { properties: this.#table(properties) }),
      ...(additionalProperties === undefined
        ? {}
        : { additionalProperties: additionalProperties === false ? false : this.reference(additionalProperties) }),
    }
  }

  #table(properties: Readonly<Record<string, AnySchema>>): object {
    return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, this.reference(each)]))
  }
}
