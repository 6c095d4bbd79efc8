/**
 * What every implementation of `Network` is made of: channels, requests, topics, streams and their limits over
 * connections that somebody else makes. The memory network carries the frames as they are, transport as bytes over TLS.
 *
 *     const network = new SessionNetwork({ self, limits, clock, ... })
 *     network.connected(peer, parity, send)      a connection was made; `send` takes the frames for its other end
 *     network.receive(peer, frame)               a frame came from it; throws a ProtocolError if no honest peer sends
 *                                                such a thing
 *     network.disconnected(peer)                 it broke
 *
 * Frames of one connection are handed over in the order of `send`, each once, or the connection is broken; which may
 * overtake which is said at `SendFrame`. Notices and publications alone may be lost. A peer may be hostile: whatever
 * its frames say, the limits hold.
 */
export { Allowance } from './allowance.ts'
export { connectionLost, cutReason, failure, never, unreachable, type HandlerFailure } from './failure.ts'
export type { CallFrame, CallNumber, Frame, StreamBody, StreamFrame, StreamNumber, TopicFrame } from './frame.ts'
export { SessionNetwork, type SessionNetworkOptions } from './session-network.ts'
export type { Left, SendFrame } from './session-context.ts'
export type { SessionFigures } from './session.ts'
export { streamPieceBytesMax } from './stream-sender.ts'
