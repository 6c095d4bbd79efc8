import type { NetworkErrorCode } from '../index.ts'

/** Numbers the requests of one end of a connection; each is larger than the one before. */
export type CallNumber = number & { readonly brand: 'CallNumber' }

/**
 * Numbers the streams of a connection: even ones were opened by one end, odd ones by the other, each end's own in
 * rising order.
 */
export type StreamNumber = number & { readonly brand: 'StreamNumber' }

export type CallFrame =
  | { readonly kind: 'request'; readonly call: CallNumber; readonly payload: Uint8Array }
  | { readonly kind: 'answer'; readonly call: CallNumber; readonly payload: Uint8Array }
  | {
      readonly kind: 'failure'
      readonly call: CallNumber
      readonly code: NetworkErrorCode
      readonly reason: string
    }
  | { readonly kind: 'cancel'; readonly call: CallNumber }

export type StreamBody =
  /** `window`: how many bytes its sender is ready to receive. */
  | { readonly kind: 'stream-open'; readonly window: number; readonly payload: Uint8Array }
  | { readonly kind: 'stream-accept'; readonly window: number }
  /** Never empty, and at most `streamPieceBytesMax` long. */
  | { readonly kind: 'stream-data'; readonly payload: Uint8Array }
  | { readonly kind: 'stream-credit'; readonly room: number }
  | { readonly kind: 'stream-end' }
  | { readonly kind: 'stream-read' }
  | { readonly kind: 'stream-reset'; readonly code: NetworkErrorCode; readonly reason: string }

export type StreamFrame = StreamBody & { readonly stream: StreamNumber }

export type TopicFrame =
  /** Its sender wants to have what is published to that topic from now on. */
  | { readonly kind: 'subscribe'; readonly topic: string }
  | { readonly kind: 'unsubscribe'; readonly topic: string }
  | { readonly kind: 'publication'; readonly topic: string; readonly payload: Uint8Array }

/**
 * What one end of a connection sends to the other. The channel matters in notices, requests, `stream-open` and the
 * frames of topics; in all others the number says it all, and whoever carries frames as bytes may leave it out and give
 * any text to the other end.
 */
export type Frame = { readonly channel: string } & (
  | { readonly kind: 'notice'; readonly payload: Uint8Array }
  | CallFrame
  | StreamFrame
  | TopicFrame
)
