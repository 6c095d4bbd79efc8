/**
 * The mesh: one connection between each two nodes, kept up, and the `Network` port over it.
 *
 *     const transport = await createTransport({ self, links, clock, entropy, ... })
 *     transport.setTargets([{ id, addresses }])      whom to be connected with
 *     transport.network.open('channel', handlers)    what protocols use
 *
 * `Links` are authenticated, encrypted pipes of bytes: `tlsLinks` of `@flotilla/transport/node` makes them of TLS
 * 1.3 over TCP, `@flotilla/transport/testing` in memory. Everything above them is here: `frames` turns frames into
 * bytes and back, `outbox` decides what goes first, `connection` is one connection from greeting to goodbye, `mesh`
 * decides whom to dial and whom to take, and `driver.ts` puts them together.
 */
export { createTransport, type TransportOptions } from './driver.ts'
export type { Compression } from './frames/compression.ts'
export { transportDefaults, validateTransportLimits, type TransportLimits } from './limits.ts'
export type { Address, Admission, Link, LinkErrorCode, LinkHandlers, Links } from './links.ts'
export {
  BanPolicy,
  banDefaults,
  broadcastDefaults,
  createBroadcasts,
  offenceScores,
  SessionRate,
  sessionRateDefaults,
  validateBanSettings,
  validateBroadcastLimits,
  validateSessionRate,
  type BanDecision,
  type BanSettings,
  type Broadcast,
  type BroadcastFigures,
  type BroadcastLimits,
  type Broadcasts,
  type BroadcastsOptions,
  type Offence,
  type OffenceCode,
  type PublishErrorCode,
  type RefusalReason,
  type SessionRateSettings,
} from './broadcast/index.ts'
export type { Ban, DialTarget, PeerFigures, Transport, TransportFigures } from './transport.ts'
