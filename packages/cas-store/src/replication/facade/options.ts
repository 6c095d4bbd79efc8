import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { LocalStore } from '../../store/contract.ts'
import type { Transfer } from '../../transfer/contract.ts'
import type { BlobDescriptor, BlobId } from '../../types.ts'
import type { StoreMember } from '../contract.ts'
import type { ReplicationLimits, ReplicationSettings } from '../limits.ts'
import type { StatementKeys } from '../statements/sealing.ts'

export interface ReplicatedStoreOptions {
  /** It is not closed with the replicated store, nor is what follows. */
  readonly local: LocalStore
  readonly transfer: Transfer
  readonly network: Network
  readonly clock: Clock
  readonly entropy: Entropy
  readonly crypto: Crypto
  /** This node's own; `self` is the hash of the public key. */
  readonly keys: StatementKeys
  readonly self: NodeId
  /** Everybody who may have copies, those that are away among them; whether this node is in it makes no difference. */
  readonly members: () => readonly StoreMember[]
  /** Calls back when members came, went or changed. Without it that is noticed within a round. */
  readonly onMembersChanged?: (see: () => void) => Disposable
  /** What the id of a blob is; left out on an untrusted replica, which cannot know. */
  readonly blobIdOf?: (descriptor: BlobDescriptor) => BlobId
  /** Bytes that this node can still take. Without it there is room for everything. */
  readonly freeBytes?: () => number
  /** How often that peer has sent what it should not have, for `status`. */
  readonly liesOf?: (node: NodeId) => number
  readonly settings?: Partial<ReplicationSettings>
  readonly limits?: Partial<ReplicationLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
}
