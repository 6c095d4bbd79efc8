import { ProtocolError } from '@flotilla/core/errors'
import { numberBytes, readNumber } from './whole-number.ts'

/** Reads numbers and bytes from pieces that are cut anywhere. Throws a `ProtocolError` where they are not there. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array(0)
  /** Everything before it is read. `at <= piece.length` */
  #at = 0

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** A copy: a small part must not keep a whole piece in memory. */
  async bytes(length: number): Promise<Uint8Array> {
    if (this.#piece.length - this.#at >= length) return this.#piece.slice(this.#at, (this.#at += length))
    // The length is whatever was written there, and must not be believed before its bytes have come.
    const parts: Uint8Array[] = []
    let missing = length
    while (missing > 0) {
      if (this.#at === this.#piece.length && !(await this.#pull())) {
        throw new ProtocolError('malformed', `the content of a snapshot ends ${missing} bytes too early`)
      }
      const part = this.#piece.subarray(this.#at, this.#at + missing)
      parts.push(part)
      this.#at += part.length
      missing -= part.length
    }
    const whole = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  async number(what: string, most: number = Number.MAX_SAFE_INTEGER): Promise<number> {
    const number = readNumber(await this.bytes(numberBytes), 0)
    if (number <= most) return number
    throw new ProtocolError('malformed', `the content of a snapshot is malformed: the ${what} is above ${most}`)
  }

  async flag(what: string): Promise<boolean> {
    const [byte] = await this.bytes(1)
    if (byte === 0 || byte === 1) return byte === 1
    throw new ProtocolError('malformed', `the content of a snapshot is malformed: the ${what} is ${byte}`)
  }

  async sized(what: string, bytesMax: number): Promise<Uint8Array> {
    return this.bytes(await this.number(`length of a ${what}`, bytesMax))
  }

  async text(what: string, charsMax: number): Promise<string> {
    // No character of a string takes more than three bytes.
    const bytes = await this.sized(what, 3 * charsMax)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      throw new ProtocolError('malformed', `the content of a snapshot is malformed: a ${what} is not UTF-8`, { cause })
    }
  }

  /** What was not read yet, for somebody else to read. */
  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#at < this.#piece.length) {
      const left = this.#piece.subarray(this.#at)
      this.#at = this.#piece.length
      yield left
    }
    while (await this.#pull()) {
      this.#at = this.#piece.length
      yield this.#piece
    }
  }

  /** Nobody reads on. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async #pull(): Promise<boolean> {
    const next = await this.#pieces.next()
    if (next.done === true) return false
    this.#piece = next.value
    this.#at = 0
    return true
  }
}
