import { numberBytes, writeNumber } from './whole-number.ts'

/** Puts numbers and bytes one after the other; what is taken away is never touched again. */
export class ByteWriter {
  #into: Uint8Array = new Uint8Array(1_024)
  #length = 0

  get length(): number {
    return this.#length
  }

  byte(byte: number): void {
    this.#into[this.#room(1)] = byte
  }

  number(number: number): void {
    const at = this.#room(numberBytes)
    writeNumber(this.#into, at, number)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#into.set(bytes, at)
  }

  /** Its length, then itself. */
  sized(bytes: Uint8Array): void {
    this.number(bytes.length)
    this.bytes(bytes)
  }

  text(text: string): void {
    this.sized(new TextEncoder().encode(text))
  }

  take(): Uint8Array {
    const taken = this.#into.subarray(0, this.#length)
    this.#into = new Uint8Array(1_024)
    this.#length = 0
    return taken
  }

  /** Returns where the next so many bytes go. */
  #room(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#into.length) {
      const wider = new Uint8Array(Math.max(this.#length, 2 * this.#into.length))
      wider.set(this.#into.subarray(0, at))
      this.#into = wider
    }
    return at
  }
}
