import { ProtocolError } from '@flotilla/core/errors'
import { numberBytes, readNumber } from '../replica/whole-number.ts'
import { wireLimits } from './limits.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A cursor over one received message. Whatever the bytes are, it throws a `ProtocolError` and nothing else. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  /** 0 <= position <= bytes.length */
  #position = 0
  /** The name that was read last: most messages bring one name many times. */
  #name = ''

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
  }

  get ended(): boolean {
    return this.#position === this.#bytes.length
  }

  get left(): number {
    return this.#bytes.length - this.#position
  }

  byte(): number {
    return this.#bytes[this.#pass(1)] ?? 0
  }

  number(): number {
    const value = readNumber(this.#bytes, this.#pass(numberBytes))
    if (value > Number.MAX_SAFE_INTEGER) throw this.malformed('a number is beyond 2^53')
    return value
  }

  size(): number {
    const bytes = this.#bytes
    const at = this.#pass(4)
    const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16)
    return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  }

  /** A number of items of at least so many bytes each: one that cannot be is refused before it takes memory. */
  count(bytesEachMin: number): number {
    const count = this.size()
    if (count * bytesEachMin > this.left) throw this.malformed(`${count} items do not fit into ${this.left} bytes`)
    return count
  }

  boolean(): boolean {
    const value = this.byte()
    if (value > 1) throw this.malformed(`${value} is neither yes nor no`)
    return value === 1
  }

  /** A view of the received bytes. */
  block(bytesMax: number = 2 ** 32): Uint8Array {
    const length = this.size()
    if (length > bytesMax) throw this.malformed(`${length} bytes stand where at most ${bytesMax} may`)
    const at = this.#pass(length)
    return this.#bytes.subarray(at, at + length)
  }

  name(): string {
    const length = this.byte()
    if (length === 0) throw this.malformed('a name is empty')
    const at = this.#pass(length)
    const bytes = this.#bytes
    const last = this.#name
    let same = last.length === length
    for (let index = 0; same && index < length; index++) same = last.charCodeAt(index) === bytes[at + index]
    if (same) return last
    let name = ''
    for (let index = 0; index < length; index++) {
      const unit = bytes[at + index] ?? 0
      if (unit <= 0x20 || unit > 0x7e) throw this.malformed('a name is not printable ASCII')
      name += String.fromCharCode(unit)
    }
    this.#name = name
    return name
  }

  text(): string {
    const encoded = this.block(wireLimits.textBytesMax)
    try {
      return decoder.decode(encoded)
    } catch {
      throw this.malformed('a text is not UTF-8')
    }
  }

  end(): void {
    if (!this.ended) throw this.malformed(`${this.left} bytes follow its end`)
  }

  malformed(why: string): ProtocolError<'malformed'> {
    return new ProtocolError('malformed', `${this.#what} is malformed at byte ${this.#position}: ${why}`, {
      hint: 'it was ignored; if it comes again, that node runs another version of this program or is broken',
    })
  }

  #pass(length: number): number {
    const at = this.#position
    if (length > this.#bytes.length - at) throw this.malformed('it ends early')
    this.#position = at + length
    return at
  }
}
