import { ProtocolError } from '@flotilla/core/errors'

const firstRoomBytes = 65_536

/** A long message while it comes in pieces: memory grows with what has come, to at most its double. */
export class MessageAssembly {
  readonly kind: number
  readonly #length: number
  #bytes: Uint8Array
  #received = 0

  constructor(kind: number, length: number) {
    this.kind = kind
    this.#length = length
    this.#bytes = new Uint8Array(Math.min(length, firstRoomBytes))
  }

  get complete(): boolean {
    return this.#received === this.#length
  }

  /** All of it, when it is complete. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  add(source: Uint8Array, start: number, end: number): void {
    const received = this.#received + end - start
    if (start === end || received > this.#length) {
      throw new ProtocolError('malformed', 'a piece of a long message is empty, or more than was announced')
    }
    if (received > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.min(this.#length, Math.max(2 * this.#bytes.byteLength, received)))
      larger.set(this.#bytes.subarray(0, this.#received))
      this.#bytes = larger
    }
    this.#bytes.set(source.subarray(start, end), this.#received)
    this.#received = received
  }
}
