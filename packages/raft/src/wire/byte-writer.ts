import { assert } from '@flotilla/core/errors'
import { numberBytes, writeNumber } from '../replica/whole-number.ts'
import { wireLimits } from './limits.ts'

const encoder = new TextEncoder()

/**
 * Writes one message after the other into memory that it keeps: the network may be given `written()`, as it is done
 * with the bytes when its call has returned.
 */
export class ByteWriter {
  #bytes = new Uint8Array(wireLimits.writerBytesMin)
  /** 0 <= length <= #bytes.length */
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Good until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Starts anew. Memory that an unusually long message took goes. */
  reset(): void {
    this.#length = 0
    if (this.#bytes.length > wireLimits.writerBytesKeptMax) this.#bytes = new Uint8Array(wireLimits.writerBytesMin)
  }

  /** Takes out what stands from `start` to `end`, and moves what follows to there. */
  cut(start: number, end: number): void {
    this.#bytes.copyWithin(start, end, this.#length)
    this.#length -= end - start
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** Any whole number from 0 on. */
  number(value: number): void {
    this.#reserve(numberBytes)
    writeNumber(this.#bytes, this.#length, value)
    this.#length += numberBytes
  }

  /** Below 2^32. */
  size(value: number): void {
    this.#reserve(4)
    this.putSize(this.#length, value)
    this.#length += 4
  }

  /** Over a size that was written there before, when it was not known yet. */
  putSize(at: number, value: number): void {
    const bytes = this.#bytes
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Bytes with their length before them. */
  block(bytes: Uint8Array): void {
    this.size(bytes.length)
    this.raw(bytes)
  }

  /** The name of a node or a group: printable ASCII. */
  name(name: string): void {
    const { length } = name
    assert(length > 0 && length <= wireLimits.nameCharsMax, 'a name that travels has 1 to 255 characters')
    this.#reserve(1 + length)
    this.#bytes[this.#length++] = length
    for (let index = 0; index < length; index++) this.#bytes[this.#length++] = name.charCodeAt(index)
  }

  /** What is beyond the limit is cut off. */
  text(text: string): void {
    const encoded = encoder.encode(text.slice(0, wireLimits.textCharsMax))
    this.size(encoded.length)
    this.raw(encoded)
  }

  #reserve(more: number): void {
    const wanted = this.#length + more
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length))
    grown.set(this.written())
    this.#bytes = grown
  }
}
