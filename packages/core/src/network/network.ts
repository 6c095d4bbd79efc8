import type { NodeId } from '../ids/index.ts'

export type NetworkErrorCode =
  /** There is no connection to that peer, or it broke while we waited. */
  | 'peer-unreachable'
  /** The answer did not come in time; whether the handler ran is unknown. */
  | 'deadline-exceeded'
  /** The far handler failed; `message` is what it said. */
  | 'remote-failed'
  /** The far side has no such channel open, or the channel takes no such thing. */
  | 'not-served'
  /** Longer than the limit named in the message. */
  | 'too-large'
  /** A named limit on this side or the far side is reached; try later. */
  | 'overloaded'
  /** This channel, stream or network was closed here. */
  | 'closed'
  /** The stream was reset by the far side; `message` says why. */
  | 'stream-reset'

export interface Network {
  readonly self: NodeId
  /** Who is connected now, without ourselves. */
  peers(): readonly NodeId[]
  /** One opener per name: a second one is refused with an error until the first has closed. */
  open(name: string, handlers: ChannelHandlers): Channel
}

/**
 * What a protocol does with what comes in. All are called in the order of arrival, never during `open` and never after
 * the channel was closed. A handler that throws fails that request or stream; it never harms the others.
 */
export interface ChannelHandlers {
  /** Peers coming and going. Those that are connected already are reported as up, right after `open`. */
  readonly peer?: (change: PeerChange) => void
  readonly notice?: (from: NodeId, payload: Uint8Array) => void
  /** The answer goes to the caller. Throw a `FlotillaError` for an error whose message the caller may see. */
  readonly request?: (request: IncomingRequest) => Promise<Uint8Array>
  /** Called for each stream that a peer opens; the stream is reset if this rejects and disposed when it resolves. */
  readonly stream?: (stream: ByteStream) => Promise<void>
}

export interface PeerChange {
  readonly type: 'up' | 'down'
  readonly peer: NodeId
}

export interface IncomingRequest {
  readonly from: NodeId
  readonly payload: Uint8Array
  /** Aborts when the caller no longer waits: its deadline passed, it cancelled, or its connection broke. */
  readonly signal: AbortSignal
}

export interface Channel extends AsyncDisposable {
  /** Returns whether it was accepted for sending: false when the peer is not connected or its queue is full. */
  notify(to: NodeId, payload: Uint8Array): boolean
  request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array>
  openStream(to: NodeId, options?: StreamOptions): Promise<ByteStream>
}

export interface RequestOptions {
  /** How long the caller is willing to wait for the answer. */
  readonly timeoutMs: number
  /** Gives up at once with the signal's reason; the far handler's signal aborts too. */
  readonly signal?: AbortSignal
}

export interface StreamOptions {
  /** What the stream is for, told to the far side when it opens. */
  readonly header?: Uint8Array
  readonly signal?: AbortSignal
}

/** A duplex stream. Each direction ends on its own. Disposing it resets whatever has not ended. */
export interface ByteStream extends AsyncDisposable, AsyncIterable<Uint8Array> {
  readonly peer: NodeId
  readonly header: Uint8Array
  /** Resolves when there is room for more, so awaiting each write bounds memory on both sides. */
  write(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** No more from this side. Resolves when the far side has read everything, rejects if it was reset before that. */
  end(): Promise<void>
  /** Gives up both directions; the far side's reads and writes reject with `stream-reset` and this reason. */
  reset(reason: string): void
  /** The far side's bytes, in order, in pieces of any size; one reader. Ends after the far side's `end`. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>
}
