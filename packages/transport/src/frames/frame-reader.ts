import { ProtocolError } from '@flotilla/core/errors'
import type { NetworkErrorCode } from '@flotilla/core/network'
import type { CallNumber, StreamNumber } from '@flotilla/core/network/sessions'
import { goodbyeCodec } from '../connection/goodbye.ts'
import { helloCodec } from '../connection/hello.ts'
import { compressedMessageBytesMax, type Compression } from './compression.ts'
import { IncomingNames } from './names.ts'
import { u16At, u32At, u48At } from './numbers.ts'
import { PayloadCopier } from './payload-copier.ts'
import { compressedFlag, errorCodes, wireKind, type FrameLimits, type WireFrame } from './wire.ts'

/** Reads single frames whose bytes are all there. Long payloads may keep the memory that they came in. */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #names: IncomingNames
  readonly #copier = new PayloadCopier()
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  compression: Compression | undefined

  constructor(limits: FrameLimits) {
    this.#limits = limits
    this.#names = new IncomingNames(limits.nameLengthMax)
  }

  /** A name and its number. */
  define(bytes: Uint8Array, start: number, end: number): void {
    atLeast(2, start, end)
    this.#names.define(u16At(bytes, start), bytes, start + 2, end)
  }

  read(kind: number, bytes: Uint8Array, start: number, end: number): WireFrame {
    switch (kind) {
      case wireKind.notice:
      case wireKind.notice | compressedFlag: {
        atLeast(2, start, end)
        const channel = this.#names.nameOf(u16At(bytes, start))
        return { kind: 'notice', channel, payload: this.#payload(kind, bytes, start + 2, end) }
      }
      case wireKind.publication:
      case wireKind.publication | compressedFlag: {
        atLeast(4, start, end)
        const channel = this.#names.nameOf(u16At(bytes, start))
        const topic = this.#names.nameOf(u16At(bytes, start + 2))
        return { kind: 'publication', channel, topic, payload: this.#payload(kind, bytes, start + 4, end) }
      }
      case wireKind.request:
      case wireKind.request | compressedFlag: {
        atLeast(8, start, end)
        const channel = this.#names.nameOf(u16At(bytes, start))
        const call = u48At(bytes, start + 2) as CallNumber
        return { kind: 'request', channel, call, payload: this.#payload(kind, bytes, start + 8, end) }
      }
      case wireKind.answer:
      case wireKind.answer | compressedFlag: {
        atLeast(6, start, end)
        const call = u48At(bytes, start) as CallNumber
        return { kind: 'answer', channel: '', call, payload: this.#payload(kind, bytes, start + 6, end) }
      }
      default:
        return this.#readRarer(kind, bytes, start, end)
    }
  }

  #readRarer(kind: number, bytes: Uint8Array, start: number, end: number): WireFrame {
    switch (kind) {
      case wireKind.subscribe:
      case wireKind.unsubscribe: {
        exactly(4, start, end)
        const channel = this.#names.nameOf(u16At(bytes, start))
        const topic = this.#names.nameOf(u16At(bytes, start + 2))
        return { kind: kind === wireKind.subscribe ? 'subscribe' : 'unsubscribe', channel, topic }
      }
      case wireKind.failure: {
        const { number, code, reason } = this.#refusal(bytes, start, end)
        return { kind: 'failure', channel: '', call: number as CallNumber, code, reason }
      }
      case wireKind.cancel:
        exactly(6, start, end)
        return { kind: 'cancel', channel: '', call: u48At(bytes, start) as CallNumber }
      case wireKind.ping:
      case wireKind.pong:
        exactly(4, start, end)
        return { kind: kind === wireKind.ping ? 'ping' : 'pong', number: u32At(bytes, start) }
      case wireKind.hello:
        return { kind: 'hello', hello: helloCodec.decode(bytes.subarray(start, end)) }
      case wireKind.goodbye:
        return { kind: 'goodbye', goodbye: goodbyeCodec.decode(bytes.subarray(start, end)) }
      default:
        return this.#readStream(kind, bytes, start, end)
    }
  }

  #readStream(kind: number, bytes: Uint8Array, start: number, end: number): WireFrame {
    const channel = ''
    switch (kind) {
      case wireKind['stream-open']: {
        atLeast(12, start, end)
        const named = this.#names.nameOf(u16At(bytes, start))
        const stream = u48At(bytes, start + 2) as StreamNumber
        const window = u32At(bytes, start + 8)
        const payload = this.#bounded('streamHeaderBytesMax', bytes, start + 12, end)
        return { kind: 'stream-open', channel: named, stream, window, payload }
      }
      case wireKind['stream-accept']:
        exactly(10, start, end)
        return { kind: 'stream-accept', channel, stream: streamAt(bytes, start), window: u32At(bytes, start + 6) }
      case wireKind['stream-data']:
        atLeast(7, start, end)
        return {
          kind: 'stream-data',
          channel,
          stream: streamAt(bytes, start),
          payload: this.#copier.take(bytes, start + 6, end),
        }
      case wireKind['stream-credit']:
        exactly(10, start, end)
        return { kind: 'stream-credit', channel, stream: streamAt(bytes, start), room: u32At(bytes, start + 6) }
      case wireKind['stream-end']:
      case wireKind['stream-read']: {
        exactly(6, start, end)
        const stream = streamAt(bytes, start)
        return { kind: kind === wireKind['stream-end'] ? 'stream-end' : 'stream-read', channel, stream }
      }
      case wireKind['stream-reset']: {
        const { number, code, reason } = this.#refusal(bytes, start, end)
        return { kind: 'stream-reset', channel, stream: number as StreamNumber, code, reason }
      }
      default:
        throw new ProtocolError('malformed', `no frame has the kind ${kind}`)
    }
  }

  #payload(kind: number, bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (kind < compressedFlag) return this.#bounded('messageBytesMax', bytes, start, end)
    atLeast(4, start, end)
    const length = u32At(bytes, start)
    const lengthMax = Math.min(compressedMessageBytesMax, this.#limits.messageBytesMax)
    const { compression } = this
    if (compression === undefined || length > lengthMax) {
      throw new ProtocolError('malformed', `compressed bytes stand for ${length}, at most ${lengthMax} are taken`)
    }
    const payload = compression.decompress(bytes.subarray(start + 4, end), length)
    if (payload?.byteLength === length) return payload
    throw new ProtocolError('malformed', `compressed bytes do not stand for the ${length} that they claim`)
  }

  #bounded(
    limit: 'messageBytesMax' | 'streamHeaderBytesMax',
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array {
    const length = end - start
    if (length <= this.#limits[limit]) return this.#copier.take(bytes, start, end)
    throw new ProtocolError('too-large', `${length} bytes came; ${limit} is ${this.#limits[limit]}`)
  }

  #refusal(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { readonly number: number; readonly code: NetworkErrorCode; readonly reason: string } {
    atLeast(7, start, end)
    const code = errorCodes[bytes[start + 6] as number]
    if (code === undefined) throw new ProtocolError('malformed', `no error has the number ${bytes[start + 6]}`)
    return { number: u48At(bytes, start), code, reason: this.#reason(bytes.subarray(start + 7, end)) }
  }

  #reason(bytes: Uint8Array): string {
    const { reasonLengthMax } = this.#limits
    if (bytes.byteLength > 3 * reasonLengthMax) throw new ProtocolError('too-large', 'a reason is too long')
    try {
      return this.#text.decode(bytes)
    } catch (error) {
      throw new ProtocolError('malformed', 'a reason is not UTF-8', { cause: error })
    }
  }
}

function streamAt(bytes: Uint8Array, start: number): StreamNumber {
  return u48At(bytes, start) as StreamNumber
}

function atLeast(length: number, start: number, end: number): void {
  if (end - start < length)
    throw new ProtocolError('malformed', `a frame has ${end - start} bytes of at least ${length}`)
}

function exactly(length: number, start: number, end: number): void {
  if (end - start !== length)
    throw new ProtocolError('malformed', `a frame has ${end - start} bytes in place of ${length}`)
}
