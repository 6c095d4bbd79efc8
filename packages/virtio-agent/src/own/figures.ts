import type { JsonValue } from '../contract.ts'
import { isExactObject, memberOf, type ExactJson } from '../lines/index.ts'

/** What a field of a guest's figures may be; everything else is left out. */
export type FigureShape =
  | 'number'
  | 'text'
  | 'flag'
  | { readonly list: FigureShape }
  /** With a `?` behind the name it may be absent; a thing without one of the others is left out as a whole. */
  | { readonly fields: Readonly<Record<string, FigureShape>> }
  /** Numbers by names of the guest's choice. */
  | 'numbers'

const figureItemsMax = 4_096
const figureTextUnitsMax = 1_024
const figureNamesMax = 1_024

/** The same value with nothing but what the shape has; undefined where it is of another kind. */
export function shaped(value: ExactJson | undefined, shape: FigureShape): JsonValue | undefined {
  if (shape === 'number') return typeof value === 'number' ? value : undefined
  if (shape === 'flag') return typeof value === 'boolean' ? value : undefined
  if (shape === 'text') return typeof value === 'string' ? value.slice(0, figureTextUnitsMax) : undefined
  if (shape === 'numbers') return isExactObject(value) ? numbersOf(value) : undefined
  if ('list' in shape) {
    if (!Array.isArray(value)) return undefined
    const items = (value as readonly ExactJson[]).slice(0, figureItemsMax).map((item) => shaped(item, shape.list))
    return items.filter((item) => item !== undefined)
  }
  if (!isExactObject(value)) return undefined
  const fields: Record<string, JsonValue> = {}
  for (const [entry, inner] of Object.entries(shape.fields)) {
    const isOptional = entry.endsWith('?')
    const name = isOptional ? entry.slice(0, -1) : entry
    const field = shaped(memberOf(value, name), inner)
    if (field !== undefined) fields[name] = field
    else if (!isOptional) return undefined
  }
  return fields
}

function numbersOf(value: Readonly<Record<string, ExactJson>>): JsonValue {
  const named = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return Object.fromEntries(named.slice(0, figureNamesMax).map(([name, number]) => [name.slice(0, 128), number]))
}
