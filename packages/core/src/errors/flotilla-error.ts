export interface FlotillaErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string
}

/** What went wrong outside our control. `Code` is the union of codes that the throwing package documents. */
export class FlotillaError<Code extends string = string> extends Error {
  override readonly name: string = 'FlotillaError'
  readonly code: Code
  readonly hint: string | undefined

  constructor(code: Code, message: string, options: FlotillaErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint
  }

  /** One line for people: what happened, then what to do. */
  get sentence(): string {
    return this.hint === undefined ? this.message : `${this.message}: ${this.hint}`
  }
}
