import { Buffer } from 'node:buffer'
import { FlotillaError } from '@flotilla/core/errors'

/** What came with an order, of which nothing is believed before it was looked at. */
export class OrderArguments {
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#fields = new Map(Object.entries(given))
  }

  /** To be called first: what nobody reads may be a misspelt name. */
  only(...names: readonly string[]): this {
    const unknown = [...this.#fields.keys()].find((name) => !names.includes(name))
    if (unknown === undefined) return this
    const may = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
    throw wrongArguments(`there is no argument ${JSON.stringify(unknown.slice(0, 64))}: ${may}`)
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }

  text(name: string, { lengthMax, form, mayBe }: TextRule): string {
    const value = this.#fields.get(name)
    const isRight = typeof value === 'string' && value.length <= lengthMax && (form === undefined || form.test(value))
    if (isRight) return value
    throw wrongArguments(`${name} must be ${mayBe ?? `a text of at most ${lengthMax} characters`}`)
  }

  maybeText(name: string, rule: TextRule): string | undefined {
    return this.has(name) ? this.text(name, rule) : undefined
  }

  texts(name: string, { countMax, ...rule }: TextRule & { readonly countMax: number }): readonly string[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value) || value.length > countMax) {
      throw wrongArguments(`${name} must be a list of at most ${countMax} texts`)
    }
    return value.map((each) => new OrderArguments({ [name]: each }).text(name, rule))
  }

  whole(name: string, least: number, most: number): number {
    const value = this.#fields.get(name)
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
    throw wrongArguments(`${name} must be a whole number from ${least} to ${most}`)
  }

  maybeWhole(name: string, least: number, most: number): number | undefined {
    return this.has(name) ? this.whole(name, least, most) : undefined
  }

  flag(name: string): boolean {
    const value = this.#fields.get(name)
    if (value === undefined) return false
    if (typeof value === 'boolean') return value
    throw wrongArguments(`${name} must be true or false`)
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const found = words.find((word) => word === this.#fields.get(name))
    if (found !== undefined) return found
    throw wrongArguments(`${name} must be one of ${words.join(', ')}`)
  }

  /** In base64. */
  bytes(name: string, bytesMax: number): Uint8Array {
    const value = this.#fields.get(name)
    if (typeof value === 'string' && value.length <= Math.ceil(bytesMax / 3) * 4) {
      const bytes = Buffer.from(value, 'base64')
      // `Buffer` skips what is not base64.
      if (bytes.length <= bytesMax && bytes.toString('base64') === value) return Uint8Array.from(bytes)
    }
    throw wrongArguments(`${name} must be base64 of at most ${bytesMax} bytes`)
  }
}

interface TextRule {
  readonly lengthMax: number
  readonly form?: RegExp
  /** What the form means, for people. */
  readonly mayBe?: string
}

export function wrongArguments(message: string): FlotillaError {
  return new FlotillaError('wrong-arguments', message)
}
