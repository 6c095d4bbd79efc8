const bytesAtFirst = 256
/** What is kept allocated between two messages; a larger one is given back. */
const bytesKeptMax = 65_536

/** Bytes that are collected piece by piece. */
export class ByteBuffer {
  #bytes: Uint8Array = new Uint8Array(bytesAtFirst)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = needed
  }

  /** Valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
    if (this.#bytes.length > bytesKeptMax) this.#bytes = new Uint8Array(bytesAtFirst)
  }
}
