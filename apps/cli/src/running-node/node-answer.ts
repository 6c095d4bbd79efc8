import { ProtocolError } from '@flotilla/core/errors'

/** A JSON object from outside, of which nothing is believed before it was looked at. */
export class NodeAnswer {
  readonly #fields: object

  private constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object')
    this.#fields = value
  }

  static parse(text: string): NodeAnswer {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw new ProtocolError('wrong-answer', 'the answer is not JSON', { cause: error })
    }
    return new NodeAnswer(value, 'it')
  }

  text(name: string): string {
    const value = this.#value(name)
    if (typeof value === 'string') return value
    throw wrong(name, 'a text')
  }

  isText(name: string): boolean {
    return typeof this.#value(name) === 'string'
  }

  /** A whole number from 0 on. */
  count(name: string): number {
    const value = this.#value(name)
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw wrong(name, 'a whole number')
  }

  /** Any number from 0 on. */
  amount(name: string): number {
    const value = this.#value(name)
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw wrong(name, 'a number')
  }

  /** Undefined where it is `null`. */
  optional<Value>(name: string, read: (answer: NodeAnswer) => Value): Value | undefined {
    return this.#value(name) === null ? undefined : read(this)
  }

  /** Any number; undefined where it is missing, or `null`. */
  maybeNumber(name: string): number | undefined {
    const value = this.#value(name)
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw wrong(name, 'a number')
  }

  /** Any number. */
  number(name: string): number {
    const value = this.maybeNumber(name)
    if (value !== undefined) return value
    throw wrong(name, 'a number')
  }

  /** Undefined where it is missing, or `null`. */
  maybe<Value>(name: string, read: (answer: NodeAnswer) => Value): Value | undefined {
    const value = this.#value(name)
    return value === undefined || value === null ? undefined : read(this)
  }

  flag(name: string): boolean {
    const value = this.#value(name)
    if (typeof value === 'boolean') return value
    throw wrong(name, 'true or false')
  }

  texts(name: string): readonly string[] {
    const value = this.#value(name)
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
    throw wrong(name, 'a list of texts')
  }

  /** The names and counts of an object that is a table. */
  counts(name: string): readonly (readonly [name: string, count: number])[] {
    const table = this.object(name)
    return Object.keys(table.#fields).map((key) => [key, table.count(key)] as const)
  }

  /** As it came, for whoever wants it as it is. */
  value(name: string): unknown {
    return this.#value(name) ?? null
  }

  object(name: string): NodeAnswer {
    return new NodeAnswer(this.#value(name), name)
  }

  list(name: string): readonly NodeAnswer[] {
    const value = this.#value(name)
    if (Array.isArray(value)) return value.map((entry: unknown) => new NodeAnswer(entry, name))
    throw wrong(name, 'a list')
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields as Readonly<Record<string, unknown>>)[name] : undefined
  }
}

function wrong(name: string, what: string): ProtocolError {
  return new ProtocolError('wrong-answer', `in the answer, ${name} is not ${what}`)
}
