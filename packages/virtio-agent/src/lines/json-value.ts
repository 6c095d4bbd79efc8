/** JSON as it came, or as it leaves: whole numbers that do not fit a `number` exactly are a `bigint`. */
export type ExactJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson }

export type ExactObject = Readonly<Record<string, ExactJson>>

export function isExactObject(value: ExactJson | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Its own member of that name: never what every object inherits. */
export function memberOf(value: ExactObject, name: string): ExactJson | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}
