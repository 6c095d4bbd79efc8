import type { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import { LineMischief, type MischiefSettings } from './line-mischief.ts'

export interface WayOptions {
  readonly roomBytes: number
  readonly delayMsMax: number
  readonly pieceBytesMax?: number
  readonly mischief?: MischiefSettings
}

/** One direction of a wall. */
export class WallWay {
  reader: { readonly clock: Clock; readonly onBytes: (bytes: Uint8Array) => void } | undefined
  writer: { readonly clock: Clock; readonly onRoom: () => void } | undefined
  /** That somebody is there who reads. */
  isTaken = false
  isPaused = false
  #options: WayOptions
  readonly #prng: Prng
  #mischief: LineMischief
  #pieces: Uint8Array[] = []
  #pendingBytes = 0
  #wasRefused = false
  /** For whom the next piece is under way. */
  #movingFor: WallWay['reader']

  constructor(options: WayOptions, prng: Prng) {
    this.#options = options
    this.#prng = prng
    this.#mischief = new LineMischief(options.mischief ?? {}, prng)
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array): number {
    const room = Math.max(0, this.#options.roomBytes - this.#pendingBytes)
    const taken = Math.min(room, bytes.length)
    this.#wasRefused ||= taken < bytes.length
    for (const piece of this.#mischief.through(bytes.slice(0, taken))) {
      this.#pieces.push(piece)
      this.#pendingBytes += piece.length
    }
    this.move()
    return taken
  }

  calm(): void {
    const { roomBytes } = this.#options
    this.#options = { roomBytes, delayMsMax: 0 }
    this.#mischief = new LineMischief({}, this.#prng)
  }

  clear(): void {
    this.#pieces = []
    this.#pendingBytes = 0
    this.#mischief.clear()
    this.#tellRoom()
  }

  /** Lets the next piece arrive, a little later. */
  move(): void {
    const { reader } = this
    if (reader === undefined || this.#movingFor === reader || !this.isTaken || this.isPaused) return
    if (this.#pieces.length === 0 && !this.#wasRefused) return
    this.#movingFor = reader
    const { delayMsMax } = this.#options
    const delayMs = delayMsMax === 0 ? 0 : this.#prng.below(delayMsMax + 1)
    reader.clock.wakeAt(after(reader.clock.now(), delayMs), () => {
      if (this.#movingFor !== reader) return
      this.#movingFor = undefined
      this.#arrive()
    })
  }

  #arrive(): void {
    if (!this.isTaken || this.isPaused) return
    const piece = this.#shift()
    if (piece !== undefined) this.reader?.onBytes(piece)
    this.#tellRoom()
    this.move()
  }

  #tellRoom(): void {
    const { writer } = this
    if (!this.#wasRefused || this.#pendingBytes >= this.#options.roomBytes || writer === undefined) return
    this.#wasRefused = false
    writer.clock.wakeAt(writer.clock.now(), () => {
      if (this.writer === writer) writer.onRoom()
    })
  }

  #shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift()
    if (piece === undefined) return undefined
    const { pieceBytesMax } = this.#options
    const length = pieceBytesMax === undefined ? piece.length : this.#prng.between(1, pieceBytesMax)
    if (length < piece.length) this.#pieces.unshift(piece.subarray(length))
    const arriving = piece.subarray(0, length)
    this.#pendingBytes -= arriving.length
    return arriving
  }
}
