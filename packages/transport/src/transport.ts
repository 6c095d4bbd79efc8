import type { Network } from '@flotilla/core/network'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Role } from '@flotilla/certificates'
import type { Address } from './links.ts'

/** A node's place in the mesh: the `Network` that protocols use, and what keeps it connected. */
export interface Transport extends AsyncDisposable {
  readonly network: Network
  /** Where it listens. */
  readonly addresses: readonly Address[]
  /**
   * Whom to be connected with. It replaces what was said before, and is kept up: dialled with backoff until connected,
   * again when the connection breaks. Whom it does not name any more stays connected, but is not dialled again.
   */
  setTargets(targets: readonly DialTarget[]): void
  /** The certificates of peers may have been revoked: asks the admission about all of them, cuts whom it refuses. */
  recheck(): void
  /** Cuts the peer and refuses it for that long. */
  ban(peer: NodeId, ban: { readonly reason: string; readonly durationMs: number }): void
  unban(peer: NodeId): void
  bans(): readonly Ban[]
  figures(): TransportFigures
}

/** Somebody to dial: by id with the addresses to try, or by an address alone, as for a bootstrap peer. */
export interface DialTarget {
  /** Whoever answers with another id is not the target; undefined takes whoever is in the cluster. */
  readonly id: NodeId | undefined
  readonly addresses: readonly Address[]
}

export interface Ban {
  readonly peer: NodeId
  readonly reason: string
  readonly until: Millis
}

export interface TransportFigures {
  readonly peers: readonly PeerFigures[]
  readonly bans: number
  /** Links that were refused, by why: `limit`, `banned`, `not-admitted`, `protocol`, `crossed`. */
  readonly refusals: Readonly<Record<string, number>>
}

export interface PeerFigures {
  readonly id: NodeId
  readonly name: string
  readonly role: Role
  readonly address: Address
  readonly dialledHere: boolean
  readonly connectedAt: Millis
  readonly messagesIn: number
  readonly messagesOut: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Undefined until the first was measured. */
  readonly roundTripMs: number | undefined
  /** Frames and bytes that wait to be sent. */
  readonly queuedFrames: number
  readonly queuedBytes: number
  /** Publications that were dropped because the peer is slow. */
  readonly publicationsDropped: number
  /** Nothing was heard for longer than a round of heartbeats: the peer may be cut off. */
  readonly partitionSuspected: boolean
}
