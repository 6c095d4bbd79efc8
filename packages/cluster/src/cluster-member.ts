import { isMemberName, type CertificateFacts, type Role } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import type { Crypto } from '@flotilla/core/crypto'
import type { Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock, WallMillis } from '@flotilla/core/time'
import type { AccountIssuer } from './accounts/entry.ts'
import type { Invited, InviteOptions } from './admission-desk.ts'
import type { ClusterSettings } from './config.ts'
import type { Credentials } from './credentials.ts'
import type { InvitationState } from './invitation-table.ts'
import type { Address, ClusterStore, DoorPipe, PassphraseCipher } from './ports.ts'
import { clusterError } from './refusal.ts'
import type { Revocation } from './revocation-list.ts'

export interface ClusterMemberOptions {
  readonly store: ClusterStore
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly clock: Clock
  /** This machine's Ed25519 key, 32 bytes; its id is the hash of the public one. */
  readonly secretKey: Uint8Array
  /** Only needed to export and import the authority. */
  readonly cipher?: PassphraseCipher
  readonly settings?: Partial<ClusterSettings>
  readonly logger?: Logger
  /** We have another certificate: `identity()` gives it. */
  readonly identityChanged?: () => void
  /** Somebody else may be refused now: let the transport look at everybody who is connected. */
  readonly revocationsChanged?: () => void
}

/** What TLS needs. */
export interface MemberIdentity {
  readonly secretKey: Uint8Array
  /** In DER. */
  readonly certificate: Uint8Array
  /** The authority's certificate in DER. */
  readonly authority: Uint8Array
}

export interface InitOptions {
  /** What this machine is to be called. */
  readonly name: string
  /** The secret of the cluster, 32 bytes, where this machine has named content by one already. Drawn by default. */
  readonly secret?: Uint8Array
}

export interface JoinOptions {
  readonly token: string
  /** What this machine is to be called. */
  readonly name: string
  /** Opens the inviter's door; `authorityFingerprint` is the SHA-256 of the certificate of the authority behind it. */
  readonly open: (address: Address, options: OpenOptions) => Promise<DoorPipe>
  readonly signal?: AbortSignal
}

export interface OpenOptions {
  readonly authorityFingerprint: Uint8Array
  readonly signal: AbortSignal
}

export interface InvitationFacts {
  /** To withdraw it by; lower-case hexadecimal. */
  readonly id: string
  readonly role: Role
  readonly expiresAt: WallMillis
  readonly state: InvitationState | 'expired'
  /** Who has used it. */
  readonly usedBy: NodeId | undefined
}

/** In no cluster; a member; or a member that holds the cluster's authority. */
export type ClusterState = 'none' | 'member' | 'authority'

/**
 * A machine's place in a cluster: everything of admission that a daemon and its command line need. What changes is
 * durable when the promise resolves.
 */
export interface ClusterMember extends AsyncDisposable {
  readonly id: NodeId
  readonly state: ClusterState

  /** Makes a new cluster, of which this machine holds the authority. */
  init(options: InitOptions): Promise<void>
  /** Joins the cluster that the token is for, or rejects with a `FlotillaError<JoinErrorCode>`. */
  join(options: JoinOptions): Promise<void>

  /** These throw `not-a-member` while in no cluster. */
  readonly facts: CertificateFacts
  /**
   * 32 bytes that all have in common who may know what the cluster keeps, to name content by; the same for ever.
   * Undefined where this member's role must not have it, or it has joined when clusters had none.
   */
  readonly secret: Uint8Array | undefined
  identity(): MemberIdentity
  credentials(): Credentials
  /** Who vouches for the accounts of the cluster: `sign` is there only where the authority is held. */
  issuer(): AccountIssuer
  /** Why somebody whose certificate is right is not let in, as a sentence; undefined if there is nothing against it. */
  admission(facts: CertificateFacts): string | undefined
  revocations(): readonly Revocation[]
  isRevoked(id: NodeId): boolean
  /** The number of the list that they stand in; 0 before the first. */
  readonly revocationListNumber: number
  /** Takes part in the renewal of certificates and the spreading of revocations over this network, until disposed. */
  attach(network: Network): AsyncDisposable
  /**
   * Gets a new certificate now, for the same key: the id is its hash, so a machine with another key is another member,
   * which joins with a token of its own.
   */
  rotate(): Promise<void>

  /** These throw `not-the-authority` where it is not. */
  invite(options: InviteOptions): Promise<Invited>
  invitations(): readonly InvitationFacts[]
  /** Returns whether it was still open. */
  withdraw(id: string): Promise<boolean>
  revoke(id: NodeId, reason: string): Promise<void>
  /** Encrypted under the passphrase. Invitations stay here. */
  exportAuthority(passphrase: string): Promise<Uint8Array>
  /** The last step of moving the authority elsewhere: this machine is a plain member from now on. */
  forgetAuthority(): Promise<void>

  /** A member of that cluster becomes a holder of its authority; so does a machine in no cluster that gives a name. */
  importAuthority(file: Uint8Array, options: { readonly passphrase: string; readonly name?: string }): Promise<void>
  /** Serves whoever knocks at the door; tells it so if this machine cannot admit anybody. */
  serveDoor(pipe: DoorPipe, options?: { readonly signal?: AbortSignal }): Promise<void>
}

export function checkName(name: string): void {
  if (isMemberName(name)) return
  const hint = 'use 1 to 63 letters, digits, ".", "_" and "-", a letter or digit first'
  throw clusterError('wrong-field', `${JSON.stringify(name.slice(0, 64))} is no name for a machine`, hint)
}
