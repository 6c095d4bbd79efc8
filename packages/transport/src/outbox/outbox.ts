import type { Frame, Left } from '@flotilla/core/network/sessions'
import { unreachable } from '@flotilla/core/errors'
import type { Goodbye } from '../connection/goodbye.ts'
import type { Hello } from '../connection/hello.ts'
import type { Compression } from '../frames/compression.ts'
import { MessageEncoder, type MessageFrame } from '../frames/message-encoder.ts'
import { frameBytesMax } from '../frames/wire.ts'
import { ControlQueue } from './control-queue.ts'
import { BytePool } from './byte-pool.ts'
import type { LeftTally } from './left-tally.ts'
import { MessageQueue } from './message-queue.ts'
import { StreamQueue } from './stream-queue.ts'

/** Of each write streams may fill at least this share, so that a flood of messages does not stop them for good. */
const streamShare = 1 / 8
/** Shorter parts of one write are put together; copying so little costs less than another write. */
const joinedBytesMax = frameBytesMax
const nothing = new Uint8Array()

/**
 * What is to be sent on one connection. What comes first: heartbeats and credits, then messages in their order, then
 * the streams in turn, frame by frame. All of it is held as bytes already; nothing is copied when it leaves.
 *
 * How much may wait is what the limits of sessions allow, and two caps for what those do not count: answers that refuse
 * (`replyBytes`) and control frames (`controlBytes`).
 */
export class Outbox {
  readonly #pool = new BytePool()
  readonly #messages: MessageQueue
  readonly #encoder: MessageEncoder
  readonly #control = new ControlQueue()
  /** Streams with data that waits, the one whose turn it is first. */
  readonly #streams = new Map<number, StreamQueue>()
  #streamBytes = 0
  /** Of frames that were dropped; told with the next flush, as nobody is told during `push`. */
  #droppedTallies: LeftTally[] = []

  constructor() {
    this.#messages = new MessageQueue(this.#pool)
    this.#encoder = new MessageEncoder(this.#messages)
  }

  set compression(compression: Compression | undefined) {
    this.#encoder.compression = compression
  }

  get queuedBytes(): number {
    return this.#control.queuedBytes + this.#messages.queuedBytes + this.#streamBytes
  }

  get queuedFrames(): number {
    return this.#messages.queuedFrames
  }

  /** Bytes of what the far side made us say, and does not read. */
  get replyBytes(): number {
    return this.#messages.replyBytes
  }

  get controlBytes(): number {
    return this.#control.queuedBytes
  }

  get empty(): boolean {
    return this.queuedBytes === 0
  }

  beat(kind: 'ping' | 'pong', number: number): void {
    this.#control.beat(kind, number)
  }

  hello(hello: Hello): void {
    this.#control.hello(hello)
  }

  /** It goes after all messages that wait. */
  goodbye(goodbye: Goodbye): void {
    this.#encoder.encodeGoodbye(goodbye)
  }

  push(frame: Frame, left?: Left): void {
    switch (frame.kind) {
      case 'stream-data':
        return this.#streamData(frame.stream, frame.payload, left)
      case 'stream-end':
        return this.#streamEnd(frame.stream, left)
      case 'stream-credit':
        return this.#control.credit(frame.stream, frame.room)
      case 'stream-read':
        return this.#control.read(frame.stream)
      case 'stream-reset':
        this.#dropStream(frame.stream)
        return this.#message(frame, left, true)
      case 'failure':
      case 'cancel':
      case 'stream-accept':
      case 'subscribe':
      case 'unsubscribe':
        return this.#message(frame, left, true)
      case 'notice':
      case 'publication':
      case 'request':
      case 'answer':
      case 'stream-open':
        return this.#message(frame, left, false)
      default:
        return unreachable(frame, 'frame')
    }
  }

  /** All that was written so far has been taken: its memory may be used again. */
  taken(): void {
    this.#pool.reclaim()
  }

  /** Nothing happens here for a while. */
  rest(): void {
    this.#pool.forget()
  }

  /** Writes what comes first, up to about so many bytes, and then tells whose frames have left. */
  flush(budgetBytes: number, write: (bytes: Uint8Array) => void): void {
    const joiner = new Joiner(write)
    const tallies = this.#droppedTallies
    this.#droppedTallies = []
    const take = (bytes: Uint8Array, tally: LeftTally | undefined): void => {
      joiner.add(bytes)
      if (tally !== undefined) tallies.push(tally)
    }
    if (this.#control.queuedBytes > 0) joiner.add(this.#control.take())
    const messageBytes = this.#messages.take(
      this.#streamBytes > 0 ? budgetBytes * (1 - streamShare) : budgetBytes,
      take,
    )
    this.#takeStreams(Math.max(budgetBytes - messageBytes, budgetBytes * streamShare), take)
    joiner.finish()
    for (const tally of tallies) tally.tell()
  }

  #message(frame: MessageFrame, left: Left | undefined, isReply: boolean): void {
    const before = this.#messages.queuedBytes
    this.#encoder.encode(frame)
    const replyBytes = isReply ? this.#messages.queuedBytes - before : 0
    this.#messages.finish(left, 'payload' in frame ? frame.payload.byteLength : 0, replyBytes)
  }

  #streamData(stream: number, payload: Uint8Array, left: Left | undefined): void {
    const queue = this.#stream(stream)
    const before = queue.queuedBytes
    queue.data(payload, left)
    this.#streamBytes += queue.queuedBytes - before
  }

  #streamEnd(stream: number, left: Left | undefined): void {
    const queue = this.#stream(stream)
    const before = queue.queuedBytes
    queue.end(left)
    this.#streamBytes += queue.queuedBytes - before
  }

  #stream(stream: number): StreamQueue {
    const known = this.#streams.get(stream)
    if (known !== undefined) return known
    const queue = new StreamQueue(stream, this.#pool)
    this.#streams.set(stream, queue)
    return queue
  }

  #dropStream(stream: number): void {
    const queue = this.#streams.get(stream)
    if (queue === undefined) return
    this.#streams.delete(stream)
    this.#streamBytes -= queue.queuedBytes
    this.#droppedTallies.push(...queue.drop())
  }

  #takeStreams(budgetBytes: number, take: (bytes: Uint8Array, tally: LeftTally | undefined) => void): void {
    let rest = budgetBytes
    const framesEach = Math.max(1, Math.floor(budgetBytes / frameBytesMax / Math.max(1, this.#streams.size)))
    while (rest > 0) {
      const [next] = this.#streams
      if (next === undefined) return
      const [stream, queue] = next
      const taken = queue.take(framesEach, take)
      rest -= taken
      this.#streamBytes -= taken
      this.#streams.delete(stream)
      if (queue.queuedBytes > 0) this.#streams.set(stream, queue)
    }
  }
}

/** Puts short parts together before they are written. */
class Joiner {
  readonly #write: (bytes: Uint8Array) => void
  #parts: Uint8Array[] = []
  #bytes = 0

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  add(part: Uint8Array): void {
    if (this.#bytes + part.byteLength > joinedBytesMax) this.finish()
    this.#parts.push(part)
    this.#bytes += part.byteLength
  }

  finish(): void {
    const parts = this.#parts
    const [only = nothing] = parts
    const bytes = this.#bytes
    this.#parts = []
    this.#bytes = 0
    if (parts.length === 1) return this.#write(only)
    if (parts.length === 0) return
    const joined = new Uint8Array(bytes)
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.byteLength
    }
    this.#write(joined)
  }
}
