import type { NetworkErrorCode } from '@flotilla/core/network'
import type { Frame } from '@flotilla/core/network/sessions'
import type { Hello } from '../connection/hello.ts'
import type { Goodbye } from '../connection/goodbye.ts'

/*
 * A frame on the wire: one byte that says what it is, three for the length of the rest (highest byte first), the rest.
 *
 *   name            number u16, text                         gives a channel or topic its number from here on
 *   notice          channel u16, payload
 *   publication     channel u16, topic u16, payload
 *   (un)subscribe   channel u16, topic u16
 *   request         channel u16, call u48, payload
 *   answer          call u48, payload
 *   failure         call u48, code u8, reason
 *   cancel          call u48
 *   stream-open     channel u16, stream u48, window u32, header
 *   stream-accept   stream u48, window u32
 *   stream-data     stream u48, bytes
 *   stream-credit   stream u48, room u32
 *   stream-end, stream-read: stream u48
 *   stream-reset    stream u48, code u8, reason
 *   piece           the next bytes of the message that is under way
 *   hello, goodbye  as their schemas say
 *   ping, pong      number u32
 *
 * With `compressedFlag`, what a message carries is the length u32 of what it stands for, and compressed bytes. A
 * message whose rest is longer than a frame may be has `longFlag` in its first frame, which begins with the length u32
 * of the whole rest; pieces follow until all of it is there. Other frames may come between, but no other message does.
 */
export const frameHeadBytes = 4
/** No frame is longer, head included: that of one TLS record. */
export const frameBytesMax = 16_384
export const bodyBytesMax: number = frameBytesMax - frameHeadBytes
export const longFlag = 0x80
export const compressedFlag = 0x40
/** Names that one direction of a connection may have numbers for; one more takes the place of the oldest. */
export const namesMax = 1_024

export const wireKind = {
  hello: 1,
  goodbye: 2,
  ping: 3,
  pong: 4,
  name: 5,
  piece: 6,
  notice: 8,
  publication: 9,
  subscribe: 10,
  unsubscribe: 11,
  request: 12,
  answer: 13,
  failure: 14,
  cancel: 15,
  'stream-open': 16,
  'stream-accept': 17,
  'stream-data': 18,
  'stream-credit': 19,
  'stream-end': 20,
  'stream-read': 21,
  'stream-reset': 22,
} as const

/** Their places are their numbers on the wire: only ever append. */
export const errorCodes: readonly NetworkErrorCode[] = [
  'peer-unreachable',
  'deadline-exceeded',
  'remote-failed',
  'not-served',
  'too-large',
  'overloaded',
  'closed',
  'stream-reset',
  'cancelled',
  'in-use',
  'wrong-name',
]

export type ConnectionFrame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'goodbye'; readonly goodbye: Goodbye }
  | { readonly kind: 'ping' | 'pong'; readonly number: number }

export type WireFrame = Frame | ConnectionFrame

/** What one end takes, told to the other in the greeting: longer things are not even sent. */
export interface FrameLimits {
  readonly messageBytesMax: number
  readonly streamHeaderBytesMax: number
  readonly nameLengthMax: number
  readonly reasonLengthMax: number
}

export function isConnectionFrame(frame: WireFrame): frame is ConnectionFrame {
  return frame.kind === 'ping' || frame.kind === 'pong' || frame.kind === 'goodbye' || frame.kind === 'hello'
}
