/**
 * The `Network` port: how a protocol talks to its peers. Transport implements it for real, `@flotilla/core/testing` in
 * memory, the simulator with faults; `networkConformance` is what each of them passes.
 *
 * A protocol opens one named channel and hands over its handlers. Four ways to talk, dearest last:
 * - a notice: fire and forget. It may be lost, late, out of order or come twice.
 * - a publication: a notice to all peers that subscribe to a topic of the channel. It may be lost, and comes in order.
 * - a request: answered within a deadline, or failed. The handler runs at most once; a caller whose request failed does
 *   not know whether it ran.
 * - a stream: bytes in order, without gap or repetition, with backpressure; or a reset that both sides see.
 *
 * What arrives is authentic (`from` is who sent it) and intact, and nothing else is promised: it may be hostile.
 */
export {
  networkDefaults,
  validateChannelName,
  validateNetworkLimits,
  validateTopicName,
  type NetworkLimits,
} from './limits.ts'
export type {
  ByteStream,
  Channel,
  ChannelHandlers,
  IncomingRequest,
  Network,
  NetworkErrorCode,
  PeerChange,
  Publication,
  RequestOptions,
  StreamOptions,
} from './network.ts'
