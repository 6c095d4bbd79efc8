import type { Frame } from '@flotilla/core/network/sessions'
import { assert } from '@flotilla/core/errors'
import { compressedMessageBytesMax, type Compression } from './compression.ts'
import { OutgoingNames } from './names.ts'
import { putU16, putU32, putU48 } from './numbers.ts'
import { compressedFlag, errorCodes, wireKind } from './wire.ts'
import { goodbyeCodec, type Goodbye } from '../connection/goodbye.ts'

/** Where an encoder puts a message. */
export interface MessageRoom {
  /** Where the message that was begun last lies. */
  readonly bytes: Uint8Array
  /** Makes room for a message: so many bytes of fields and this payload, which is copied. Says where the fields go. */
  begin(kind: number, fieldBytes: number, payload: Uint8Array): number
}

/** Frames that keep their order: all but stream data, which goes round robin, and what must not wait at all. */
export type MessageFrame = Exclude<
  Frame,
  { readonly kind: 'stream-data' | 'stream-end' | 'stream-credit' | 'stream-read' }
>

const nothing = new Uint8Array()
const numberBytesMax = 2 ** 48

/** Turns messages into bytes, for one direction of one connection. */
export class MessageEncoder {
  readonly #room: MessageRoom
  readonly #names = new OutgoingNames()
  readonly #text = new TextEncoder()
  /** What both ends have. */
  compression: Compression | undefined

  constructor(room: MessageRoom) {
    this.#room = room
  }

  encode(frame: MessageFrame): void {
    switch (frame.kind) {
      case 'notice':
        return this.#payload(wireKind.notice, this.#name(frame.channel), -1, -1, frame.payload)
      case 'publication':
        return this.#publication(frame)
      case 'subscribe':
      case 'unsubscribe':
        return this.#subscription(frame)
      case 'request':
        return this.#payload(wireKind.request, this.#name(frame.channel), -1, frame.call, frame.payload)
      case 'answer':
        return this.#payload(wireKind.answer, -1, -1, frame.call, frame.payload)
      case 'cancel':
        return this.#payload(wireKind.cancel, -1, -1, frame.call, nothing)
      case 'failure':
        return this.#refusal(wireKind.failure, frame.call, frame)
      case 'stream-reset':
        return this.#refusal(wireKind['stream-reset'], frame.stream, frame)
      case 'stream-open':
        return this.#streamOpen(frame)
      case 'stream-accept': {
        const at = this.#room.begin(wireKind['stream-accept'], 10, nothing)
        this.#number(at, frame.stream)
        return putU32(this.#room.bytes, at + 6, frame.window)
      }
    }
  }

  encodeGoodbye(goodbye: Goodbye): void {
    this.#room.begin(wireKind.goodbye, 0, goodbyeCodec.encode(goodbye))
  }

  /** A name may have to be defined first, in a frame of its own: ask for all names of a frame before beginning it. */
  #name(name: string): number {
    return this.#names.numberOf(name, this.#define)
  }

  readonly #define = (number: number, name: string): void => {
    const at = this.#room.begin(wireKind.name, 2, this.#text.encode(name))
    putU16(this.#room.bytes, at, number)
  }

  /** `-1` stands for a field that this kind does not have. */
  #payload(kind: number, channel: number, topic: number, call: number, payload: Uint8Array): void {
    const fieldBytes = (channel < 0 ? 0 : 2) + (topic < 0 ? 0 : 2) + (call < 0 ? 0 : 6)
    const { compression } = this
    const { byteLength } = payload
    const tryCompressing =
      compression !== undefined && byteLength >= compression.bytesMin && byteLength <= compressedMessageBytesMax
    const shorter = tryCompressing ? compression.compress(payload) : payload
    const isShorter = shorter.byteLength + 4 < byteLength
    let at = isShorter
      ? this.#room.begin(kind | compressedFlag, fieldBytes + 4, shorter)
      : this.#room.begin(kind, fieldBytes, payload)
    const { bytes } = this.#room
    if (channel >= 0) {
      putU16(bytes, at, channel)
      at += 2
    }
    if (topic >= 0) {
      putU16(bytes, at, topic)
      at += 2
    }
    if (call >= 0) {
      this.#number(at, call)
      at += 6
    }
    if (isShorter) putU32(bytes, at, byteLength)
  }

  #publication(frame: MessageFrame & { readonly kind: 'publication' }): void {
    this.#name(frame.channel)
    const topic = this.#name(frame.topic)
    // Asked again, because defining the topic may have taken the channel's number away.
    this.#payload(wireKind.publication, this.#name(frame.channel), topic, -1, frame.payload)
  }

  #subscription(frame: MessageFrame & { readonly kind: 'subscribe' | 'unsubscribe' }): void {
    this.#name(frame.channel)
    const topic = this.#name(frame.topic)
    const channel = this.#name(frame.channel)
    const at = this.#room.begin(wireKind[frame.kind], 4, nothing)
    putU16(this.#room.bytes, at, channel)
    putU16(this.#room.bytes, at + 2, topic)
  }

  #refusal(kind: number, number: number, told: { readonly code: string; readonly reason: string }): void {
    const code = errorCodes.indexOf(told.code as (typeof errorCodes)[number])
    assert(code >= 0, 'every code of an error has a number on the wire')
    const at = this.#room.begin(kind, 7, this.#text.encode(told.reason))
    this.#number(at, number)
    this.#room.bytes[at + 6] = code
  }

  #streamOpen(frame: MessageFrame & { readonly kind: 'stream-open' }): void {
    const channel = this.#name(frame.channel)
    const at = this.#room.begin(wireKind['stream-open'], 12, frame.payload)
    const { bytes } = this.#room
    putU16(bytes, at, channel)
    this.#number(at + 2, frame.stream)
    putU32(bytes, at + 8, frame.window)
  }

  #number(at: number, number: number): void {
    assert(number < numberBytesMax, 'numbers of requests and streams have 48 bits')
    putU48(this.#room.bytes, at, number)
  }
}
