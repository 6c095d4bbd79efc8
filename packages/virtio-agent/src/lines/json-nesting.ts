import type { ExactJson, ExactObject } from './json-value.ts'

/** An object or array that is not closed yet. */
interface Level {
  readonly items: ExactJson[] | undefined
  readonly members: Record<string, ExactJson> | undefined
  /** What may come next. */
  awaits: 'first' | 'key' | 'colon' | 'value' | 'comma'
  key: string
  /** That its bracket was the first thing on its line. */
  readonly beginsLine: boolean
}

export type Punctuation = '{' | '}' | '[' | ']' | ':' | ','

/** What came of a token: `more` is needed, a whole value is there, or it cannot stand here. */
export type TokenOutcome =
  | { readonly type: 'more' }
  | { readonly type: 'whole'; readonly value: ExactJson }
  /** A command that began on a line of its own, within a message that was never finished. */
  | { readonly type: 'restarted'; readonly value: ExactObject }
  | { readonly type: 'wrong'; readonly what: string }

const more = { type: 'more' } as const

/** Puts the tokens of one message together. After `whole`, `restarted` or `wrong`, and after `clear`, it is empty. */
export class JsonNesting {
  readonly #depthMax: number
  readonly #valuesMax: number
  readonly #levels: Level[] = []
  #values = 0

  constructor(limits: { readonly depthMax: number; readonly valuesMax: number }) {
    this.#depthMax = limits.depthMax
    this.#valuesMax = limits.valuesMax
  }

  get depth(): number {
    return this.#levels.length
  }

  clear(): void {
    this.#levels.length = 0
    this.#values = 0
  }

  /** A string, or a value that is no object or array. */
  scalar(value: ExactJson): TokenOutcome {
    const level = this.#levels.at(-1)
    const isKeyPlace = level?.members !== undefined && (level.awaits === 'first' || level.awaits === 'key')
    if (!isKeyPlace) return this.#value(value)
    if (typeof value !== 'string') return this.#wrong('key is not a string in object')
    if (Object.hasOwn(level.members, value)) return this.#wrong('duplicate key')
    level.key = value
    level.awaits = 'colon'
    return more
  }

  mark(mark: Punctuation, beginsLine: boolean): TokenOutcome {
    if (mark === '{' || mark === '[') return this.#open(mark, beginsLine)
    if (mark === '}' || mark === ']') return this.#close(mark)
    if (mark === ':') return this.#follows('colon', 'value', 'expecting value')
    const isObject = this.#levels.at(-1)?.members !== undefined
    return this.#follows('comma', isObject ? 'key' : 'value', 'expecting value')
  }

  #open(mark: '{' | '[', beginsLine: boolean): TokenOutcome {
    const fault = this.#fault()
    if (fault !== undefined) return this.#wrong(fault)
    if (this.#levels.length >= this.#depthMax) return this.#wrong(`it is nested deeper than ${this.#depthMax} levels`)
    // Without a prototype of its own, `__proto__` would be one: a null prototype makes it a name like others.
    const members = mark === '{' ? (Object.create(null) as Record<string, ExactJson>) : undefined
    const items = mark === '[' ? [] : undefined
    this.#levels.push({ items, members, awaits: 'first', key: '', beginsLine })
    return more
  }

  #close(mark: '}' | ']'): TokenOutcome {
    const level = this.#levels.at(-1)
    const value = mark === '}' ? level?.members : level?.items
    if (level === undefined || value === undefined) return this.#wrong('expecting value')
    if (level.awaits !== 'first' && level.awaits !== 'comma') return this.#wrong('expecting value')
    this.#levels.pop()
    const isCommand = level.members !== undefined && Object.hasOwn(level.members, 'execute')
    if (level.beginsLine && isCommand && level.members !== undefined && this.#levels.length > 0) {
      this.clear()
      return { type: 'restarted', value: level.members }
    }
    return this.#value(value)
  }

  #value(value: ExactJson): TokenOutcome {
    const fault = this.#fault()
    if (fault !== undefined) return this.#wrong(fault)
    if (++this.#values > this.#valuesMax) return this.#wrong(`it has more than ${this.#valuesMax} values`)
    const level = this.#levels.at(-1)
    if (level === undefined) {
      this.clear()
      return { type: 'whole', value }
    }
    if (level.members !== undefined) level.members[level.key] = value
    else level.items?.push(value)
    level.awaits = 'comma'
    return more
  }

  /** Why no value may stand here. */
  #fault(): string | undefined {
    const level = this.#levels.at(-1)
    if (level === undefined || level.awaits === 'value') return undefined
    if (level.awaits === 'first' && level.items !== undefined) return undefined
    if (level.awaits === 'colon') return 'missing : in object pair'
    if (level.awaits === 'comma')
      return level.items === undefined ? 'expected separator in dict' : 'expected separator in list'
    return 'key is not a string in object'
  }

  #follows(awaited: Level['awaits'], next: Level['awaits'], fault: string): TokenOutcome {
    const level = this.#levels.at(-1)
    if (level?.awaits !== awaited) return this.#wrong(fault)
    level.awaits = next
    return more
  }

  #wrong(what: string): TokenOutcome {
    this.clear()
    return { type: 'wrong', what }
  }
}
