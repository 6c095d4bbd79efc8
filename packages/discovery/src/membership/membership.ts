import type { Crypto } from '@flotilla/core/crypto'
import type { Network } from '@flotilla/core/network'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Member, MemberMetadata, MembershipEvent } from '../member.ts'
import type { Credentials, Datagrams, FoundMember } from '../ports.ts'
import type { MembershipSettings } from './settings.ts'

export interface MembershipOptions {
  /** Undefined where no UDP can be had: then everything goes over connections. */
  readonly datagrams: Datagrams | undefined
  /** Peers that have a connection: what they see of each other is evidence, and what datagrams cannot do goes there. */
  readonly network: Network
  readonly credentials: Credentials
  readonly crypto: Crypto
  readonly clock: Clock
  /** Seeded differently at each start, from `Entropy`: a new session must differ from the last one. */
  readonly prng: Prng
  readonly metadata: MemberMetadata
  readonly settings?: Partial<MembershipSettings>
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** Who is there. Disposing it is silent: the others find out. `leave` first to say goodbye. */
export interface Membership extends AsyncDisposable {
  /** Drawn at the start of this life; discovery tells it in beacons. */
  readonly question: number
  self(): Member
  /** Everybody, ourselves included, and the dead and those who left until they are forgotten. */
  members(): readonly Member[]
  /** We see less than a majority of those we know and who have not left: do not decide anything. */
  degraded(): boolean
  /** Tells everybody. Too many changes in a short time are told as one. Throws `too-large`. */
  setMetadata(metadata: MemberMetadata): void
  /**
   * Events from this call on; what was before is in `members`. Each call has its own queue; who reads too slowly gets
   * `overflow` in place of what it missed. Ends when membership is disposed, or by the signal.
   */
  events(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<MembershipEvent, undefined>
  /** Says goodbye; resolves when a few members know, or after `leaveTimeoutMs`, with how many do. Then dispose it. */
  leave(): Promise<number>
  /**
   * A beacon of this member came in: it is met at once, by datagram. Whoever has no beacons leaves it out; then members
   * meet over connections.
   */
  meet(member: FoundMember): void
  /** Looks at every member's proof again: call it when a revocation has come in. */
  recheck(): void
}

export const membershipChannel = 'membership'
