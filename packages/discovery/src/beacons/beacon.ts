import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { ProvenMember } from '../ports.ts'

/** What a member says of itself in a beacon, besides what its proof says. */
export interface BeaconBody {
  /** 8 bytes, drawn when the process started: they tell it from its earlier lives, and from a copy of its disk. */
  readonly run: Uint8Array
  /** When it was sealed; rises with every beacon of a member, so that an old one is known for what it is. */
  readonly timestamp: WallMillis
  /** Where its transport listens. */
  readonly addresses: readonly Address[]
  /** Where it takes datagrams, on the same hosts; 0 if it does not. */
  readonly datagramPort: number
  /** It does not know the others yet, and asks them for theirs. */
  readonly seeking: boolean
  /** Membership's: whoever says it back has heard this life of the member. */
  readonly question?: number
}

export const runLength = 8

/** A beacon that its member has signed, of our cluster, newer than what was known of that member. */
export interface HeardBeacon {
  readonly member: ProvenMember
  /** Those that mean something here, which is not all that was said. */
  readonly addresses: readonly Address[]
  readonly datagramAddresses: readonly Address[]
  readonly timestamp: WallMillis
  readonly seeking: boolean
  /** It was not known before, or has started anew. */
  readonly isNew: boolean
  readonly proof: Uint8Array
  readonly question?: number
  /** The beacon as it came, to be shown to others. */
  readonly record: Uint8Array
}

/** Why a beacon was ignored; each is counted. */
export type BeaconRefusal =
  | 'too-large'
  | 'malformed'
  /** A version of the format that we do not know. */
  | 'unsupported-version'
  | 'other-cluster'
  /** Our own, which came back. */
  | 'own'
  /** Signed with our own key, by another process: somebody has a copy of it. */
  | 'own-key-elsewhere'
  /** The very one was heard before, on another way. */
  | 'repeated'
  /** Older than one that was heard. */
  | 'replayed'
  | 'too-old'
  | 'too-new'
  /** Its proof is not of our authority. */
  | 'stranger'
  | 'expired'
  | 'revoked'
  /** Not signed by whose proof it carries. */
  | 'wrong-signature'
  /** Too many came from this source. */
  | 'source-over-rate'
  /** More would have to be verified than we are willing to in a second. */
  | 'over-budget'

export interface ClockDifference {
  readonly id: NodeId
  readonly name: string
  /** How far the member's clock is ahead of ours; negative if it is behind. */
  readonly aheadMs: number
}
