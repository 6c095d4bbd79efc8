import type { CodecLimits } from './limits.ts'
import { refuse } from './refusal.ts'

const encoder = new TextEncoder()

/** As large as the pool from which Node itself takes small buffers. */
const slabBytes = 8_192
/** Below this, one loop here beats the call into `TextEncoder`. */
const loopedTextLengthMax = 31
/** The head of a text, byte string, list or map, or a whole number. */
const headBytesMax = 9

/**
 * Writes messages one after the other into a slab, each value in its shortest form. What is written is never touched
 * again: a full slab is left to those who hold messages in it. (Measured on Node 24: an array of its own costs a
 * message of more than 64 bytes 400 ns, a view into a slab 40.)
 */
export class Writer {
  readonly limits: CodecLimits
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array(slabBytes)
  /** Where the present message begins. */
  #start = 0
  /** #start <= #position <= #slab.length */
  #position = 0
  #items = 0

  constructor(limits: CodecLimits) {
    this.limits = limits
  }

  /** Ends the message; the next one begins behind it. */
  finish(): Uint8Array {
    const length = this.#position - this.#start
    if (length > this.limits.bytesMax) this.#tooLong()
    const written = this.#slab.subarray(this.#start, this.#position)
    this.#start = this.#position
    this.#items = 0
    if (this.#slab.length === slabBytes) return written
    // The message, or one before it, made the slab grow: it gets an array of its own, so that it holds no other memory.
    this.#slab = new Uint8Array(slabBytes)
    this.#start = 0
    this.#position = 0
    return written.slice()
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#slab[this.#position++] = value
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    const slab = this.#slab
    const position = this.#position
    // Short as names are, a loop beats `set`.
    for (let index = 0; index < bytes.length; index++) slab[position + index] = bytes[index] as number
    this.#position = position + bytes.length
  }

  integer(value: number): void {
    this.#reserve(headBytesMax)
    if (value >= 0) {
      if (value < 0x80) this.#slab[this.#position++] = value
      else if (value < 0x100) this.#head(0xcc, 1, value)
      else if (value < 0x1_0000) this.#head(0xcd, 2, value)
      else if (value < 2 ** 32) this.#head(0xce, 4, value)
      else this.#wide(0xcf, value)
    } else if (value >= -0x20) this.#slab[this.#position++] = value
    else if (value >= -0x80) this.#head(0xd0, 1, value)
    else if (value >= -0x8000) this.#head(0xd1, 2, value)
    else if (value >= -(2 ** 31)) this.#head(0xd2, 4, value)
    else this.#wide(0xd3, value)
  }

  float(value: number): void {
    this.#reserve(headBytesMax)
    this.#slab[this.#position] = 0xcb
    new DataView(this.#slab.buffer).setFloat64(this.#position + 1, value)
    this.#position += headBytesMax
  }

  /** Counts items against the limit. */
  admit(count: number): void {
    this.#items += count
    const { itemsMax } = this.limits
    if (this.#items > itemsMax) refuse('too-large', `brings more than ${itemsMax} items into one message (itemsMax)`)
  }

  arrayHead(count: number): void {
    this.#reserve(headBytesMax)
    if (count < 0x10) this.#slab[this.#position++] = 0x90 | count
    else if (count < 0x1_0000) this.#head(0xdc, 2, count)
    else this.#head(0xdd, 4, count)
  }

  mapHead(count: number): void {
    this.#reserve(headBytesMax)
    if (count < 0x10) this.#slab[this.#position++] = 0x80 | count
    else if (count < 0x1_0000) this.#head(0xde, 2, count)
    else this.#head(0xdf, 4, count)
  }

  byteString(bytes: Uint8Array): void {
    const { length } = bytes
    this.#reserve(headBytesMax + length)
    if (length < 0x100) this.#head(0xc4, 1, length)
    else if (length < 0x1_0000) this.#head(0xc5, 2, length)
    else this.#head(0xc6, 4, length)
    this.#slab.set(bytes, this.#position)
    this.#position += length
  }

  /** Returns how many bytes of UTF-8 it took. */
  text(text: string): number {
    const { length } = text
    this.#reserve(headBytesMax + 3 * length)
    if (length <= loopedTextLengthMax && this.#ascii(text)) return length
    if (!text.isWellFormed()) refuse('malformed-text', 'holds half a surrogate pair, which has no UTF-8 form')
    const slab = this.#slab
    const start = this.#position
    // Most text is ASCII, so that its head has the size that fits its length in characters.
    const guessed = start + textHeadBytes(length)
    const { written } = encoder.encodeInto(text, slab.subarray(guessed))
    const body = start + textHeadBytes(written)
    if (body !== guessed) slab.copyWithin(body, guessed, guessed + written)
    if (written < 0x20) slab[this.#position++] = 0xa0 | written
    else if (written < 0x100) this.#head(0xd9, 1, written)
    else if (written < 0x1_0000) this.#head(0xda, 2, written)
    else this.#head(0xdb, 4, written)
    this.#position = body + written
    return written
  }

  /** At most 31 characters; leaves no trace where one is not ASCII. */
  #ascii(text: string): boolean {
    const slab = this.#slab
    const body = this.#position + 1
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit >= 0x80) return false
      slab[body + index] = unit
    }
    slab[body - 1] = 0xa0 | text.length
    this.#position = body + text.length
    return true
  }

  #head(type: number, width: 1 | 2 | 4, value: number): void {
    this.#slab[this.#position++] = type
    this.#unsigned(width, value)
  }

  #wide(type: number, value: number): void {
    this.#head(type, 4, Math.floor(value / 2 ** 32))
    this.#unsigned(4, value)
  }

  /** The low bytes of the value, in two's complement. */
  #unsigned(width: 1 | 2 | 4, value: number): void {
    const slab = this.#slab
    const end = this.#position + width
    for (let at = end - 1, left = value; at >= end - width; at--, left >>>= 8) slab[at] = left
    this.#position = end
  }

  #reserve(bytes: number): void {
    if (this.#position + bytes > this.#slab.length) this.#grow(bytes)
  }

  /** Moves the present message to a new slab. */
  #grow(bytes: number): void {
    const written = this.#position - this.#start
    if (written > this.limits.bytesMax) this.#tooLong()
    const slab = new Uint8Array(Math.max(slabBytes, 2 * written, written + bytes + headBytesMax))
    slab.set(this.#slab.subarray(this.#start, this.#position))
    this.#slab = slab
    this.#start = 0
    this.#position = written
  }

  #tooLong(): never {
    refuse('too-large', `takes more than ${this.limits.bytesMax} bytes (bytesMax)`)
  }
}

function textHeadBytes(length: number): number {
  if (length < 0x20) return 1
  if (length < 0x100) return 2
  return length < 0x1_0000 ? 3 : 5
}
