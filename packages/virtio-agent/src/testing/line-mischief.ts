import type { Prng } from '@flotilla/core/random'

export interface MischiefSettings {
  /** Of a hundred lines, so many come twice: again after some others. */
  readonly duplicatesPercent?: number
  /** Of a hundred lines, so many come later than lines that were sent after them. */
  readonly delaysPercent?: number
  /** Of a hundred lines, so many have garbage before them, on a line of its own. */
  readonly garbagePercent?: number
}

const newline = 0x0a
const heldMax = 16

/** What a bad wire, or a bad proxy, does to lines. Without settings it lets bytes through as they are. */
export class LineMischief {
  readonly #settings: MischiefSettings
  readonly #prng: Prng
  #line: number[] = []
  /** Lines that come when so many others have come. */
  #held: { readonly line: Uint8Array; left: number }[] = []

  constructor(settings: MischiefSettings, prng: Prng) {
    this.#settings = settings
    this.#prng = prng
  }

  clear(): void {
    this.#line = []
  }

  through(bytes: Uint8Array): readonly Uint8Array[] {
    if (Object.keys(this.#settings).length === 0) return bytes.length === 0 ? [] : [bytes]
    const out: Uint8Array[] = []
    for (const byte of bytes) {
      this.#line.push(byte)
      if (byte !== newline) continue
      this.#play(Uint8Array.from(this.#line), out)
      this.#line = []
    }
    return out
  }

  #play(line: Uint8Array, out: Uint8Array[]): void {
    const { duplicatesPercent = 0, delaysPercent = 0, garbagePercent = 0 } = this.#settings
    if (this.#prng.chance(garbagePercent, 100)) out.push(this.#garbage())
    const isHeld = this.#held.length < heldMax && this.#prng.chance(delaysPercent, 100)
    if (isHeld || (this.#held.length < heldMax && this.#prng.chance(duplicatesPercent, 100))) {
      this.#held.push({ line, left: this.#prng.between(1, 4) })
    }
    if (!isHeld) out.push(line)
    const waiting = this.#held
    this.#held = []
    for (const held of waiting) {
      if (--held.left > 0) this.#held.push(held)
      else out.push(held.line)
    }
  }

  #garbage(): Uint8Array {
    const bytes = this.#prng.bytes(this.#prng.between(1, 40))
    bytes[bytes.length - 1] = newline
    return bytes
  }
}
