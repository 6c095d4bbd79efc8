export type DecodeErrorCode =
  /** No msgpack in its shortest form: cut short, followed by more, an extension type, text that is not UTF-8. */
  | 'malformed'
  /** Well-formed, but not what the schema says. */
  | 'wrong-shape'
  /** A message of a type that this version does not know; a later version may have sent it. */
  | 'unknown-type'
  /** Over a limit of the schema or of the codec; the message says which. */
  | 'too-large'

export type EncodeErrorCode =
  /** Over a limit of the schema or of the codec; the message says which. */
  | 'too-large'
  /** Half a surrogate pair: it has no UTF-8 form. */
  | 'malformed-text'

const textShownMax = 40
const messageLengthMax = 400

/**
 * How a schema says no, on its way up to the codec: each level that it passes adds where it was. It never leaves the
 * codec, which turns it into the error that fits the direction.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: DecodeErrorCode | EncodeErrorCode
  /** The last is the outermost. */
  readonly #path: string[] = []

  constructor(code: DecodeErrorCode | EncodeErrorCode, reason: string) {
    super(reason)
    this.code = code
  }

  passes(segment: string): void {
    this.#path.push(segment)
  }

  /** Printable ASCII of bounded length, whatever a stranger sent. */
  sentence(subject: string): string {
    const text = `${subject}: $${this.#path.toReversed().join('')} ${this.message}`.replaceAll(/[^ -~]/g, '?')
    return text.length <= messageLengthMax ? text : `${text.slice(0, messageLengthMax - 3)}...`
  }
}

export function refuse(code: DecodeErrorCode | EncodeErrorCode, reason: string): never {
  throw new Refusal(code, reason)
}

/** Notes the level that a failure passes; call it before throwing the same error on. */
export function passing(error: unknown, segment: string): void {
  if (error instanceof Refusal) error.passes(segment)
}

/** In quotes, escaped and cut. */
export function shownText(text: string): string {
  const cut = text.length <= textShownMax ? text : `${text.slice(0, textShownMax)}...`
  return JSON.stringify(cut).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What stands where something else was expected, when encoding. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return shownText(value)
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value)
  }
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'bytes'
  return value instanceof Map ? 'a map' : `a value of type ${typeof value}`
}
