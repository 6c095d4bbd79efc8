import { ProtocolError } from '@flotilla/core/errors'
import type { Compression } from './compression.ts'
import { FrameReader } from './frame-reader.ts'
import { MessageAssembly } from './message-assembly.ts'
import { u24At, u32At } from './numbers.ts'
import { compressedFlag, frameBytesMax, frameHeadBytes, longFlag, wireKind, type FrameLimits } from './wire.ts'
import type { WireFrame } from './wire.ts'

export interface FrameDecoderOptions {
  readonly limits: FrameLimits
  readonly take: (frame: WireFrame) => void
}

/** What a message may have beside its payload: its fields, and the length of what was compressed. */
const fieldBytesMax = 16
const kindsThatMayBeLong: ReadonlySet<number> = new Set([
  wireKind.notice,
  wireKind.publication,
  wireKind.request,
  wireKind.answer,
  wireKind.failure,
  wireKind['stream-open'],
  wireKind['stream-reset'],
])

/**
 * Turns the bytes of one direction of a connection back into frames, in whatever pieces they come. It throws a
 * `ProtocolError`, and nothing else of its own, when they are not by the rules; it is of no use after that.
 *
 * Memory: one frame that came in part, at most `frameBytesMax`, and one long message that came in part, at most double
 * of what came of it, and never more than the longest message that we take.
 */
export class FrameDecoder {
  readonly #take: (frame: WireFrame) => void
  readonly #reader: FrameReader
  readonly #longBytesMax: number
  #partial: Uint8Array | undefined
  #partialBytes = 0
  #assembly: MessageAssembly | undefined
  #stopped = false

  constructor(options: FrameDecoderOptions) {
    const { limits, take } = options
    this.#take = take
    this.#reader = new FrameReader(limits)
    this.#longBytesMax =
      fieldBytesMax + Math.max(limits.messageBytesMax, limits.streamHeaderBytesMax, 3 * limits.reasonLengthMax)
  }

  /** What compressed messages are undone with; without it there must be none. */
  set compression(compression: Compression | undefined) {
    this.#reader.compression = compression
  }

  /** Nothing is taken any more, also of what is being pushed. */
  stop(): void {
    this.#stopped = true
    this.#partial = undefined
    this.#assembly = undefined
  }

  /** Takes the bytes over: payloads may be parts of them. */
  push(bytes: Uint8Array): void {
    let at = this.#partialBytes > 0 ? this.#completePartial(bytes) : 0
    while (!this.#stopped) {
      const rest = bytes.byteLength - at
      if (rest === 0) return
      const length = rest < frameHeadBytes ? frameHeadBytes : frameLength(bytes, at)
      if (rest < length) return this.#keep(bytes.subarray(at), 0)
      this.#frame(bytes, at, at + length)
      at += length
    }
  }

  /** Returns how much of the bytes belonged to the frame that had come in part. */
  #completePartial(bytes: Uint8Array): number {
    const partial = this.#partial as Uint8Array
    let at = 0
    for (let length = this.#partialLength(); this.#partialBytes < length; length = this.#partialLength()) {
      if (at === bytes.byteLength) return at
      const piece = bytes.subarray(at, at + length - this.#partialBytes)
      this.#keep(piece, this.#partialBytes)
      at += piece.byteLength
    }
    const length = this.#partialBytes
    this.#partialBytes = 0
    this.#frame(partial, 0, length)
    return at
  }

  /** How long the frame is that came in part, as far as that is known. */
  #partialLength(): number {
    return this.#partialBytes < frameHeadBytes ? frameHeadBytes : frameLength(this.#partial as Uint8Array, 0)
  }

  #keep(piece: Uint8Array, at: number): void {
    this.#partial ??= new Uint8Array(frameBytesMax)
    this.#partial.set(piece, at)
    this.#partialBytes = at + piece.byteLength
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    const kind = bytes[start] as number
    const bodyAt = start + frameHeadBytes
    if (kind === wireKind.piece || kind >= longFlag) return this.#long(kind, bytes, bodyAt, end)
    if (kind === wireKind.name) return this.#reader.define(bytes, bodyAt, end)
    const frame = this.#reader.read(kind, bytes, bodyAt, end)
    if (this.#assembly !== undefined && isMessage(kind)) {
      throw new ProtocolError('malformed', 'a message comes in the midst of a long one')
    }
    // Its payload may have kept the memory.
    if (bytes === this.#partial && 'payload' in frame && frame.payload.buffer === bytes.buffer)
      this.#partial = undefined
    this.#take(frame)
  }

  #long(head: number, bytes: Uint8Array, start: number, end: number): void {
    if (head !== wireKind.piece) {
      this.#assembly = this.#beginLong(head - longFlag, bytes, start, end)
    } else if (this.#assembly === undefined) {
      throw new ProtocolError('malformed', 'a piece of a long message comes without its beginning')
    } else {
      this.#assembly.add(bytes, start, end)
    }
    const assembly = this.#assembly
    if (assembly === undefined || !assembly.complete) return
    this.#assembly = undefined
    this.#take(this.#reader.read(assembly.kind, assembly.bytes, 0, assembly.bytes.byteLength))
  }

  #beginLong(kind: number, bytes: Uint8Array, start: number, end: number): MessageAssembly {
    const isKnown = kindsThatMayBeLong.has(kind >= compressedFlag ? kind - compressedFlag : kind)
    if (!isKnown || this.#assembly !== undefined || end - start < 4) {
      throw new ProtocolError('malformed', 'a long message begins where none may')
    }
    const length = u32At(bytes, start)
    if (length > this.#longBytesMax) {
      throw new ProtocolError(
        'too-large',
        `a message of ${length} bytes is announced; at most ${this.#longBytesMax} are taken`,
      )
    }
    const assembly = new MessageAssembly(kind, length)
    assembly.add(bytes, start + 4, end)
    return assembly
  }
}

function frameLength(bytes: Uint8Array, at: number): number {
  const length = frameHeadBytes + u24At(bytes, at + 1)
  if (length <= frameBytesMax) return length
  throw new ProtocolError('too-large', `a frame of ${length} bytes is announced; at most ${frameBytesMax} are taken`)
}

/** Whether it goes in the order of messages, and so may not come between the pieces of one. */
function isMessage(kind: number): boolean {
  switch (kind) {
    case wireKind.ping:
    case wireKind.pong:
    case wireKind.goodbye: // Whoever says it may have dropped the rest of a long message.
    case wireKind['stream-data']:
    case wireKind['stream-credit']:
    case wireKind['stream-end']:
    case wireKind['stream-read']:
      return false
    default:
      return true
  }
}
