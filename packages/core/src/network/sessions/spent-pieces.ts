/** What is smaller is cheap to collect. */
const freedBytesMin = 4_096

/**
 * Received pieces that were copied to where they belong, and that nobody else has. Their memory is freed at once: V8
 * does not feel the weight of memory outside its heap, and collecting the garbage of a busy stream took 80 of the 260
 * ms of processor time that 256 MiB over TLS cost their receiver.
 */
export class SpentPieces {
  #pieces: Uint8Array[] = []

  /**
   * Views of it become empty soon, but not in this turn: whoever passes it on may still look at what lies beside it.
   */
  readonly add = (piece: Uint8Array): void => {
    const { buffer, byteLength } = piece
    // What fills no more than half of its memory shares it with others.
    const isAlone = buffer instanceof ArrayBuffer && 2 * byteLength > buffer.byteLength
    if (!isAlone || byteLength < freedBytesMin) return
    if (this.#pieces.length === 0) queueMicrotask(this.#free)
    this.#pieces.push(piece)
  }

  readonly #free = (): void => {
    for (const { buffer } of this.#pieces) if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
    this.#pieces = []
  }
}
