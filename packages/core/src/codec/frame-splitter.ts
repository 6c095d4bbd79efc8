import { assert, FlotillaError, ProtocolError } from '../errors/index.ts'

/** Each frame follows its length, an unsigned 32-bit number, highest byte first. */
export const frameHeadBytes = 4

const frameBytesMaxDefault = 10 * 2 ** 20
/** The first memory that an incomplete frame gets; it doubles as bytes arrive. */
const firstRoomBytes = 1_024

export interface FrameSplitterOptions {
  /** The longest frame, without its head. 10 MiB by default. */
  readonly frameBytesMax?: number
}

export type FrameErrorCode =
  /** A frame without content, or an end in the midst of one. */
  | 'malformed'
  /** A longer frame is announced than `frameBytesMax`. */
  | 'too-large'

/** Writes the head of a frame of so many bytes into `target` at `offset`. */
export function writeFrameHead(target: Uint8Array, offset: number, length: number): void {
  assert(Number.isInteger(length) && length >= 1 && length < 2 ** 32, 'a frame has from 1 to 2^32 - 1 bytes')
  assert(target.length - offset >= frameHeadBytes, 'the head of a frame fits its target')
  for (let index = 0; index < frameHeadBytes; index++) target[offset + index] = length >>> (24 - 8 * index)
}

/**
 * Cuts a stream of bytes into frames. Push a chunk, take all its frames, push the next:
 *
 * ```ts
 * splitter.push(chunk)
 * for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) handle(frame)
 * ```
 *
 * A frame that lies in one chunk is a view into it, so chunks must not change as long as their frames are in use; a
 * frame that came in pieces has an array of its own. For a frame that was announced but has not come yet, memory grows
 * with what has come, to at most the double.
 *
 * After a `ProtocolError` the stream has no known frames any more: each further call throws the same.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number
  #chunk: Uint8Array = new Uint8Array(0)
  /** How much of the chunk is taken. */
  #taken = 0
  /** How many bytes of the present head have come, 0 to 4, and the number that they make. */
  #headBytes = 0
  #length = 0
  /** The beginning of the present frame, while it came in pieces; `#received` bytes of it are filled. */
  #pieces: Uint8Array | undefined
  #received = 0

  constructor({ frameBytesMax = frameBytesMaxDefault }: FrameSplitterOptions = {}) {
    if (!Number.isInteger(frameBytesMax) || frameBytesMax < 1 || frameBytesMax >= 2 ** 32) {
      throw new FlotillaError(
        'wrong-setting',
        `frames: frameBytesMax is ${frameBytesMax}; it must be a whole number from 1 to ${2 ** 32 - 1}`,
      )
    }
    this.#frameBytesMax = frameBytesMax
  }

  /** Takes the next bytes of the stream, once all frames of the former ones were taken. */
  push(chunk: Uint8Array): void {
    assert(this.#taken === this.#chunk.length, 'all frames of a chunk are taken before the next is pushed')
    this.#chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#taken = 0
  }

  /** The next frame, or undefined until more bytes are pushed. */
  next(): Uint8Array | undefined {
    while (this.#headBytes < frameHeadBytes) {
      if (this.#taken === this.#chunk.length) return undefined
      this.#length = this.#length * 0x100 + (this.#chunk[this.#taken++] as number)
      this.#headBytes++
    }
    this.#checkLength()
    const missing = this.#length - this.#received
    const end = Math.min(this.#chunk.length, this.#taken + missing)
    const piece = this.#chunk.subarray(this.#taken, end)
    this.#taken = end
    if (piece.length < missing) {
      this.#keep(piece)
      return undefined
    }
    const frame = this.#pieces === undefined ? piece : this.#keep(piece)
    this.#headBytes = 0
    this.#length = 0
    this.#pieces = undefined
    this.#received = 0
    return frame
  }

  /** Throws `malformed` if the stream ends here in the midst of a frame. */
  end(): void {
    if (this.#headBytes === 0) return
    const missing = this.#headBytes < frameHeadBytes ? '' : `, ${this.#length - this.#received} bytes too early`
    throw new ProtocolError<FrameErrorCode>('malformed', `the stream ends in the midst of a frame${missing}`)
  }

  #checkLength(): void {
    if (this.#length === 0) throw new ProtocolError<FrameErrorCode>('malformed', 'a frame without content is announced')
    if (this.#length <= this.#frameBytesMax) return
    throw new ProtocolError<FrameErrorCode>(
      'too-large',
      `a frame of ${this.#length} bytes is announced; at most ${this.#frameBytesMax} are taken (frameBytesMax)`,
    )
  }

  /** Adds a piece to the present frame; what it returns is exactly the frame once all of it has come. */
  #keep(piece: Uint8Array): Uint8Array {
    const received = this.#received + piece.length
    let pieces = this.#pieces ?? new Uint8Array(0)
    if (received > pieces.length) {
      const room = Math.min(this.#length, Math.max(firstRoomBytes, 2 * pieces.length, received))
      const larger = new Uint8Array(room)
      larger.set(pieces.subarray(0, this.#received))
      pieces = larger
    }
    pieces.set(piece, this.#received)
    this.#pieces = pieces
    this.#received = received
    return pieces
  }
}
