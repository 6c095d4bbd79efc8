import { ProtocolError } from '@flotilla/core/errors'
import type { JsonValue } from '../contract.ts'
import { isExactObject, type ExactJson } from '../lines/index.ts'

/** What a field of a guest's figures may be; everything else is left out. */
export type FigureShape =
  | 'number'
  | 'text'
  | 'flag'
  | { readonly list: FigureShape }
  | { readonly fields: Readonly<Record<string, FigureShape>> }
  /** Numbers by names of the guest's choice. */
  | 'numbers'

export const figureItemsMax = 4_096
export const figureTextUnitsMax = 1_024
export const figureNamesMax = 1_024

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
  for (const [name, inner] of Object.entries(shape.fields)) {
    const field = Object.hasOwn(value, name) ? shaped(value[name], inner) : undefined
    if (field !== undefined) fields[name] = field
  }
  return fields
}

function numbersOf(value: Readonly<Record<string, ExactJson>>): JsonValue {
  const named = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return Object.fromEntries(named.slice(0, figureNamesMax).map(([name, number]) => [name.slice(0, 128), number]))
}

export function wrongFigures(what: string): ProtocolError {
  return new ProtocolError('wrong-field', `the figures of a guest ${what}`)
}
