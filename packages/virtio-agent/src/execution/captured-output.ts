/** The front of what a program writes; the rest is counted as cut. */
export class CapturedOutput {
  readonly #bytesMax: number
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  #isCut = false

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** What of the piece was within the limit. */
  take(piece: Uint8Array): Uint8Array {
    const room = this.#bytesMax - this.#bytes
    if (piece.length > room) this.#isCut = true
    const kept = piece.subarray(0, room)
    if (kept.length > 0) this.#pieces.push(kept.slice())
    this.#bytes += kept.length
    return kept
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#bytes)
    let offset = 0
    for (const piece of this.#pieces) {
      all.set(piece, offset)
      offset += piece.length
    }
    return all
  }
}
