import type { NodeId } from '../ids/index.ts'
import type { NetworkLimits } from './limits.ts'

export type NetworkErrorCode =
  /** There is no connection to that peer, or it broke while we waited. */
  | 'peer-unreachable'
  /** The answer did not come in time; whether the handler ran is unknown. */
  | 'deadline-exceeded'
  /** The far handler failed; `message` is what it said. */
  | 'remote-failed'
  /** The far side has no such channel open, or not any more, or the channel takes no such thing. */
  | 'not-served'
  /** Longer than the limit named in the message. */
  | 'too-large'
  /** A named limit on this side or the far side is reached; try later. */
  | 'overloaded'
  /** This channel, stream or network was closed here. */
  | 'closed'
  /** The stream was reset by the far side; `message` says why. */
  | 'stream-reset'
  /** Why an incoming request's signal aborted: its caller gave up. Nobody gets this as an answer. */
  | 'cancelled'
  /** That channel has an opener already, or that stream a reader. */
  | 'in-use'
  /** That is no name for a channel, or for a topic. */
  | 'wrong-name'

export interface Network {
  readonly self: NodeId
  /** What this side keeps to; a peer may keep to less, and then answers `too-large` or `overloaded`. */
  readonly limits: NetworkLimits
  /** Who is connected now, without ourselves. What handlers are told may lag behind it. */
  peers(): readonly NodeId[]
  /** One opener per name: a second one is refused with `in-use` until the first has closed. */
  open(name: string, handlers: ChannelHandlers): Channel
}

/**
 * What a protocol does with what comes in. All are called in the order of arrival, never during `open` or another call
 * into the network, and never after the channel was closed. A handler that throws fails that request or stream; it
 * never harms the others. A `FlotillaError` is meant for the far side; any other error reaches it only as a general
 * sentence and goes in full to whoever runs this node.
 */
export interface ChannelHandlers {
  /**
   * Peers coming and going. Those that are connected already are reported as up, right after `open`. Everything else
   * from a peer comes between its up and its down; a connection that broke and was made again is a down and an up.
   */
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
  /**
   * Aborts when nobody waits for the answer any more: the caller's deadline passed, it cancelled, its connection broke,
   * or this channel was closed. The request counts against the limits until the handler has settled, so heed it.
   */
  readonly signal: AbortSignal
}

/** Something that a peer published to a topic that we subscribe to. */
export interface Publication {
  readonly from: NodeId
  readonly topic: string
  readonly payload: Uint8Array
}

/**
 * The bytes given to `notify`, `publish`, `request` and `openStream` may be reused as soon as the call has returned,
 * those given to `write` when it has resolved; what a request handler answers is not to be changed any more. Received
 * bytes are the receiver's own.
 *
 * Closing rejects what waits on this channel with `closed`, fails its peers' requests with `not-served`, resets its
 * streams and ends its subscriptions. It does not wait for handlers that still run.
 */
export interface Channel extends AsyncDisposable {
  /**
   * Returns whether it was accepted for sending: false when the peer is not connected (as we never are to ourselves),
   * its queue is full, or the channel is closed. Throws `too-large`.
   */
  notify(to: NodeId, payload: Uint8Array): boolean
  /**
   * Sends to every connected peer that subscribes to this topic of this channel, as far as we have learned of it, never
   * to ourselves. It may be lost when a connection breaks; what arrives comes in the order of publishing, each once.
   * Where a peer takes it too slowly, the publications that have waited longest for that peer give way and are counted.
   * Returns how many peers it was accepted for; 0 when the channel is closed. Throws `too-large` and `wrong-name`.
   */
  publish(topic: string, payload: Uint8Array): number
  /**
   * Takes what peers publish to that topic of this channel, from when they learn of it; on every new connection they
   * learn of it anew. Ends when it is disposed and when the channel is closed. Several may subscribe to one topic; each
   * gets bytes of its own. Throws `overloaded`, `wrong-name` and `closed`.
   */
  subscribe(topic: string, take: (publication: Publication) => void): Disposable
  request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array>
  /** Resolves when the far side has taken it, before its handler runs. */
  openStream(to: NodeId, options?: StreamOptions): Promise<ByteStream>
}

export interface RequestOptions {
  /** How long the caller is willing to wait for the answer. Nothing is sent when it is 0 or less. */
  readonly timeoutMs: number
  /** Gives up at once with the signal's reason; the far handler's signal aborts too. */
  readonly signal?: AbortSignal
}

export interface StreamOptions {
  /** What the stream is for, told to the far side when it opens. */
  readonly header?: Uint8Array
  /** Gives up the opening with the signal's reason. It means nothing to a stream that is open. */
  readonly signal?: AbortSignal
}

/**
 * A duplex stream. Each direction ends on its own. Disposing it resets whatever has not ended, so await `end` first.
 * Once it is reset, or its connection broke, unread bytes are gone on both sides, except that a direction whose bytes
 * were all read stays ended.
 */
export interface ByteStream extends AsyncDisposable, AsyncIterable<Uint8Array> {
  readonly peer: NodeId
  readonly header: Uint8Array
  /**
   * Resolves when there was room for all of it, so awaiting each write bounds memory on both sides. Writes that overlap
   * keep the order of their calls. Giving one up by its signal resets the stream, as nobody knows how much of it went.
   */
  write(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** No more from this side. Resolves when the far side has read everything, rejects if it was reset before that. */
  end(): Promise<void>
  /** Gives up both directions; the far side's reads and writes reject with `stream-reset` and this reason. */
  reset(reason: string): void
  /**
   * The far side's bytes, in order, in pieces of any size but none empty; one reader at a time. Ends after the far
   * side's `end`. Leaving a loop early does not reset the stream: the next loop goes on with the next piece.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>
  /**
   * The far side's next bytes, copied to where they belong as they come: for much of it that costs half of what pieces
   * do. Resolves with how many there were: fewer than the target has room for only where the far side has ended. Until
   * then the target is not to be touched, and nobody else may read. `onProgress` is called whenever something has come.
   */
  readInto(target: Uint8Array, options?: { readonly onProgress?: () => void }): Promise<number>
}
