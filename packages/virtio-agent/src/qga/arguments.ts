import { isExactObject, memberOf, type ExactJson, type ExactObject } from '../lines/index.ts'
import { QgaRefusal } from './contract.ts'

/** What an argument may be. */
type ArgumentShape =
  | 'integer'
  | 'string'
  | 'boolean'
  /** A word of the list, or a whole number. */
  | { readonly type: 'word-or-integer'; readonly words: readonly string[] }
  /** A word of the list, or yes or no. */
  | { readonly type: 'word-or-boolean'; readonly words: readonly string[] }
  | { readonly type: 'array'; readonly of: ArgumentShape }
  | { readonly type: 'object'; readonly members: ArgumentTable }

/** By name; with a `?` behind the name it may be left out. */
export type ArgumentTable = Readonly<Record<string, ArgumentShape>>

const wholeLeast = -(2n ** 63n)
const wholeGreatest = 2n ** 63n - 1n

/** Refuses, in the original's words, what the table does not have, what is missing, and what is of another type. */
function checkMembers(given: ExactObject, table: ArgumentTable, path: string): void {
  const known = new Set<string>()
  for (const [entry, shape] of Object.entries(table)) {
    const isOptional = entry.endsWith('?')
    const name = isOptional ? entry.slice(0, -1) : entry
    known.add(name)
    const value = memberOf(given, name)
    if (value !== undefined) checkValue(value, shape, path + name)
    else if (!isOptional) throw new QgaRefusal(`Parameter '${path}${name}' is missing`)
  }
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw new QgaRefusal(`Parameter '${path}${name}' is unexpected`)
  }
}

function checkValue(value: ExactJson, shape: ArgumentShape, path: string): void {
  if (typeof shape === 'string') {
    if (isOf(value, shape)) return
    throw wrongType(path, shape)
  }
  switch (shape.type) {
    case 'word-or-integer':
      return checkWord(value, shape.words, 'integer', path)
    case 'word-or-boolean':
      return checkWord(value, shape.words, 'boolean', path)
    case 'array':
      if (!Array.isArray(value)) throw wrongType(path, 'array')
      return (value as readonly ExactJson[]).forEach((item, index) => checkValue(item, shape.of, `${path}[${index}]`))
    case 'object':
      if (!isExactObject(value)) throw wrongType(path, 'object')
      return checkMembers(value, shape.members, `${path}.`)
  }
}

function checkWord(value: ExactJson, words: readonly string[], other: 'integer' | 'boolean', path: string): void {
  if (typeof value === 'string') {
    if (words.includes(value)) return
    throw new QgaRefusal(`Parameter '${path}' does not accept value '${value}'`)
  }
  if (!isOf(value, other)) throw wrongType(path, other)
}

function isOf(value: ExactJson, type: 'integer' | 'string' | 'boolean'): boolean {
  if (type !== 'integer') return typeof value === type
  if (typeof value === 'bigint') return value >= wholeLeast && value <= wholeGreatest
  // What is greater was rounded already.
  return Number.isSafeInteger(value)
}

function wrongType(path: string, expected: string): QgaRefusal {
  return new QgaRefusal(`Invalid parameter type for '${path}', expected: ${expected}`)
}

/** Arguments that were checked against a table. */
export class CheckedArguments {
  readonly #given: ExactObject

  constructor(given: ExactObject, table: ArgumentTable) {
    checkMembers(given, table, '')
    this.#given = given
  }

  value(name: string): ExactJson | undefined {
    return memberOf(this.#given, name)
  }

  /** Exactly as it came. */
  integer(name: string): bigint | undefined {
    const value = this.value(name)
    if (typeof value === 'bigint') return value
    return typeof value === 'number' ? BigInt(value) : undefined
  }

  /** Beyond what a `number` holds exactly it is rounded: only for what is compared with a limit. */
  number(name: string): number | undefined {
    const value = this.integer(name)
    return value === undefined ? undefined : Number(value)
  }

  text(name: string): string | undefined {
    const value = this.value(name)
    return typeof value === 'string' ? value : undefined
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name)
    return typeof value === 'boolean' ? value : undefined
  }

  texts(name: string): readonly string[] | undefined {
    return this.#items(name)?.filter((item) => typeof item === 'string')
  }

  objects(name: string): readonly ExactObject[] | undefined {
    return this.#items(name)?.filter(isExactObject)
  }

  #items(name: string): readonly ExactJson[] | undefined {
    const value = this.value(name)
    return Array.isArray(value) ? (value as readonly ExactJson[]) : undefined
  }
}
