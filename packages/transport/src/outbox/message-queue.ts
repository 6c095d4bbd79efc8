import type { Left } from '@flotilla/core/network/sessions'
import { bodyBytesMax, frameBytesMax, frameHeadBytes, longFlag, wireKind } from '../frames/wire.ts'
import { putU24, putU32 } from '../frames/numbers.ts'
import type { MessageRoom } from '../frames/message-encoder.ts'
import { pooledBytes, type BytePool } from './byte-pool.ts'
import { LeftTally } from './left-tally.ts'

/** Memory that segments lie in, and how many of those wait. */
interface Memory {
  readonly bytes: Uint8Array
  waiting: number
}

interface Segment {
  readonly memory: Memory
  /** From `start` to `end` waits; what lies before was taken and must not change any more. */
  start: number
  end: number
  /** A long message may be cut after each full frame, short ones are taken together. */
  readonly isLong: boolean
  frames: number
  replyBytes: number
  tally: LeftTally
}

/** What the queue gives its taker: bytes that may go to the link, and whom to tell then. */
export type Take = (bytes: Uint8Array, tally: LeftTally | undefined) => void

const lengthBytes = 4
const segmentBytesMin = 4_096

/**
 * Messages that wait, in the form in which they go on the wire: each is copied once, when it comes, next to its
 * neighbours, so that thousands of small ones leave in one write.
 */
export class MessageQueue implements MessageRoom {
  bytes: Uint8Array = new Uint8Array()
  readonly #pool: BytePool
  /** Doubles with each segment that was filled, so that a connection with little to say holds little. */
  #nextSegmentBytes = segmentBytesMin
  readonly #segments: Segment[] = []
  /** The segment that still has room; its rest is used by and by, also when its beginning has left. */
  #open: Segment | undefined
  #queuedBytes = 0
  #queuedFrames = 0
  #replyBytes = 0

  constructor(pool: BytePool) {
    this.#pool = pool
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get queuedFrames(): number {
    return this.#queuedFrames
  }

  /** Bytes of messages that were finished as replies and have not left; what left with others may still count. */
  get replyBytes(): number {
    return this.#replyBytes
  }

  begin(kind: number, fieldBytes: number, payload: Uint8Array): number {
    const body = fieldBytes + payload.byteLength
    this.#queuedFrames++
    if (body > bodyBytesMax) return this.#beginLong(kind, fieldBytes, payload)
    const segment = this.#withRoom(frameHeadBytes + body)
    const { memory, end: at } = segment
    const { bytes } = memory
    segment.frames++
    segment.end = at + frameHeadBytes + body
    this.#queuedBytes += frameHeadBytes + body
    this.bytes = bytes
    bytes[at] = kind
    putU24(bytes, at + 1, body)
    if (payload.byteLength > 0) bytes.set(payload, at + frameHeadBytes + fieldBytes)
    return at + frameHeadBytes
  }

  /** Says of the message that was begun last whom to tell when it has left, and how much of it is a reply. */
  finish(left: Left | undefined, payloadBytes: number, replyBytes: number): void {
    const last = this.#segments.at(-1)
    if (last === undefined) return
    last.tally.add(left, payloadBytes)
    last.replyBytes += replyBytes
    this.#replyBytes += replyBytes
  }

  /** Hands over what waits longest, up to about so many bytes; at least something, if anything waits. */
  take(budgetBytes: number, take: Take): number {
    let taken = 0
    for (let first = this.#segments[0]; first !== undefined && taken < budgetBytes; first = this.#segments[0]) {
      const waiting = first.end - first.start
      const frames = Math.max(1, Math.floor((budgetBytes - taken) / frameBytesMax))
      const length = first.isLong ? Math.min(waiting, frames * frameBytesMax) : waiting
      const bytes = first.memory.bytes.subarray(first.start, first.start + length)
      first.start += length
      taken += length
      this.#queuedBytes -= length
      if (length < waiting) {
        take(bytes, undefined)
        break
      }
      this.#segments.shift()
      first.memory.waiting--
      if (first.memory !== this.#open?.memory) this.#handIfDone(first.memory)
      this.#queuedFrames -= first.frames
      this.#replyBytes -= first.replyBytes
      take(bytes, first.tally)
    }
    return taken
  }

  #withRoom(length: number): Segment {
    const open = this.#open
    if (open !== undefined && open.memory.bytes.byteLength - open.end >= length) {
      if (open === this.#segments.at(-1)) return open
      // Its beginning has left or a long message came after it: the rest of its room goes on as a segment of its own.
      return this.#append({ ...open, start: open.end, frames: 0, replyBytes: 0, tally: new LeftTally() })
    }
    if (open !== undefined) this.#handIfDone(open.memory)
    const bytes = this.#pool.take(Math.max(length, this.#nextSegmentBytes))
    this.#nextSegmentBytes = Math.min(2 * bytes.byteLength, pooledBytes)
    const memory = { bytes, waiting: 0 }
    return this.#append({ memory, start: 0, end: 0, isLong: false, frames: 0, replyBytes: 0, tally: new LeftTally() })
  }

  #append(segment: Segment): Segment {
    this.#open = segment
    segment.memory.waiting++
    this.#segments.push(segment)
    return segment
  }

  /** Nothing is written to that memory any more. */
  #handIfDone(memory: Memory): void {
    if (memory.waiting === 0) this.#pool.hand(memory.bytes)
  }

  /** Lays the message out frame by frame, with the heads between its bytes. */
  #beginLong(kind: number, fieldBytes: number, payload: Uint8Array): number {
    const rest = fieldBytes + payload.byteLength
    const frames = Math.ceil((lengthBytes + rest) / bodyBytesMax)
    const length = lengthBytes + rest + frames * frameHeadBytes
    const bytes = this.#pool.take(length)
    for (let at = 0; at < length; at += frameBytesMax) {
      bytes[at] = at === 0 ? kind | longFlag : wireKind.piece
      putU24(bytes, at + 1, Math.min(frameBytesMax, length - at) - frameHeadBytes)
    }
    putU32(bytes, frameHeadBytes, rest)
    const fieldsAt = frameHeadBytes + lengthBytes
    let at = fieldsAt + fieldBytes
    for (let done = 0; done < payload.byteLength;) {
      const room = frameBytesMax - (at % frameBytesMax)
      const piece = payload.subarray(done, done + room)
      bytes.set(piece, at)
      done += piece.byteLength
      at += piece.byteLength + frameHeadBytes
    }
    const memory = { bytes, waiting: 1 }
    const tally = new LeftTally()
    this.#segments.push({ memory, start: 0, end: length, isLong: true, frames: 1, replyBytes: 0, tally })
    this.#queuedBytes += length
    this.bytes = bytes
    return fieldsAt
  }
}
