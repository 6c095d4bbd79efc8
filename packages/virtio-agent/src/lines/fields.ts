import { ProtocolError } from '@flotilla/core/errors'
import { isExactObject, memberOf, type ExactJson, type ExactObject } from './json-value.ts'

type FieldRefusal = 'wrong-field'

/** Reads the fields of one object that came from outside. What is not as it must be is a `ProtocolError`. */
export class Fields {
  readonly #object: ExactObject
  readonly #what: string

  constructor(value: ExactJson | undefined, what: string) {
    if (!isExactObject(value)) throw new ProtocolError<FieldRefusal>('wrong-field', `${what} is no object`)
    this.#object = value
    this.#what = what
  }

  has(name: string): boolean {
    return memberOf(this.#object, name) !== undefined
  }

  value(name: string): ExactJson | undefined {
    return memberOf(this.#object, name)
  }

  inner(name: string): Fields {
    return new Fields(this.value(name), `${name} of ${this.#what}`)
  }

  text(name: string, unitsMax: number): string {
    const value = this.value(name)
    if (typeof value === 'string' && value.length <= unitsMax) return value
    throw this.#wrong(name, `a text of at most ${unitsMax} characters`)
  }

  matching(name: string, pattern: RegExp): string {
    const value = this.value(name)
    if (typeof value === 'string' && pattern.test(value)) return value
    throw this.#wrong(name, `like ${pattern.source}`)
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.value(name)
    const found = words.find((word) => word === value)
    if (found !== undefined) return found
    throw this.#wrong(name, 'one of the words that are known')
  }

  whole(name: string, least: number, most: number): number {
    const value = this.value(name)
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw this.#wrong(name, `a whole number from ${least} to ${most}`)
  }

  flag(name: string): boolean {
    const value = this.value(name)
    if (typeof value === 'boolean') return value
    throw this.#wrong(name, 'true or false')
  }

  object(name: string): ExactObject {
    const value = this.value(name)
    if (isExactObject(value)) return value
    throw this.#wrong(name, 'an object')
  }

  list(name: string, itemsMax: number): readonly ExactJson[] {
    const value = this.value(name)
    if (Array.isArray(value) && value.length <= itemsMax) return value as readonly ExactJson[]
    throw this.#wrong(name, `a list of at most ${itemsMax}`)
  }

  #wrong(name: string, expected: string): ProtocolError {
    return new ProtocolError<FieldRefusal>('wrong-field', `${name} of ${this.#what} is not ${expected}`)
  }
}
