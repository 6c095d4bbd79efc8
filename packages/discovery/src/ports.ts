import type { NodeId } from '@flotilla/core/ids'
import type { Address } from './address.ts'

/**
 * What tells members from strangers. A proof is what a member shows (its certificate); it is looked at whenever
 * something signed by somebody unknown comes in, so `check` should remember what it has found right.
 */
export interface Credentials {
  readonly self: NodeId
  /** The cluster's name for machines. Proofs of others are refused; a datagram that names another is not looked at. */
  readonly cluster: string
  /** Our own proof; a renewal changes it. */
  proof(): Uint8Array
  /** An Ed25519 signature by our key. */
  sign(bytes: Uint8Array): Uint8Array
  /** Whose proof it is, or a `ProtocolError` whose code says why it is refused: `foreign`, `expired`, `revoked`… */
  check(proof: Uint8Array): ProvenMember
}

/** What a proof says. The facts of a certificate have this shape. */
export interface ProvenMember {
  readonly id: NodeId
  readonly publicKey: Uint8Array
  /** For people; not unique. */
  readonly name: string
  /** What its cluster lets it be, as `node` or `agent`. */
  readonly role: string
}

/** A member of which discovery has heard, where it takes datagrams and what proves it to be one. */
export interface FoundMember {
  readonly id: NodeId
  /** Best first. */
  readonly datagramAddresses: readonly Address[]
  readonly proof: Uint8Array
  /** What its beacon asks: whoever sends it back is there. */
  readonly question?: number
}

/** Small unreliable messages between machines: UDP is one, memory another. */
export interface Datagrams extends AsyncDisposable {
  /** Where others can send to; changes when interfaces come and go. */
  addresses(): readonly Address[]
  /** May be lost, doubled, reordered. Never throws for what the network does. */
  send(to: Address, bytes: Uint8Array): void
  /** To all machines of every network that this one is in: by multicast and by each subnet's broadcast address. */
  announce(bytes: Uint8Array): void
  /** Called once, before anything else. Nothing is delivered before. */
  start(handlers: DatagramHandlers): void
}

export interface DatagramHandlers {
  readonly received: (from: Address, bytes: Uint8Array) => void
  /** An interface appeared, vanished, or changed its addresses. */
  readonly addressesChanged: () => void
}
