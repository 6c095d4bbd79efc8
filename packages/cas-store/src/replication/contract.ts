import type { NodeId } from '@flotilla/core/ids'
import type { BlobCallOptions, BlobStat, BlobStore, ListOptions } from '../blobs.ts'
import type { CheckOptions, CheckReport, LocalStore } from '../store/contract.ts'
import type { PullProgress } from '../transfer/contract.ts'
import type { BlobId } from '../types.ts'

/** Somebody who may have copies. Who is a member is for others to say. */
export interface StoreMember {
  readonly node: NodeId
  /** As far as anybody knows. */
  readonly isAlive: boolean
  /** Since when it has been away, if it is not alive: by this node's own clock (`Clock.now`). */
  readonly awaySinceMs: number | undefined
  /**
   * It keeps what it cannot read: it is told no names, says nothing about blobs, and its copies come on top of those
   * that were asked for. Default false.
   */
  readonly isUntrusted?: boolean
}

/** One store of several nodes: names and deletions are known to all, content is where it has to be. */
export interface ReplicatedStore extends BlobStore {
  readonly local: LocalStore
  stat(ref: string, options?: BlobCallOptions): Promise<ReplicatedBlobStat | undefined>
  listIds(options?: Omit<ListOptions, 'prefix'>): Promise<readonly ReplicatedBlobStat[]>
  /** Brings all of it here, and keeps it; goes on where an earlier attempt was left. */
  keep(ref: string, options?: KeepOptions): Promise<void>
  /** Lets others have it from now on: the copy here goes when it is not needed. */
  release(ref: string, options?: BlobCallOptions): Promise<void>
  /** As of the local store; what is damaged or missing is brought from others where they have it. */
  check(options?: Omit<CheckOptions, 'bring'>): Promise<CheckReport>
  status(options?: BlobCallOptions): Promise<ReplicationStatus>
}

export interface KeepOptions extends BlobCallOptions {
  /** Told now and then, unless all of it is here already. */
  readonly onProgress?: (progress: PullProgress) => void
}

export interface ReplicatedBlobStat extends BlobStat {
  readonly copiesWanted: number | 'all'
  /** Who has all of it, as far as this node knows. */
  readonly holders: readonly { readonly node: NodeId; readonly isAlive: boolean }[]
}

export interface ReplicationStatus {
  readonly blobs: number
  /** Those with fewer living copies than they ought to have. */
  readonly blobsShort: number
  /** Those of which nobody who is alive has a copy. */
  readonly blobsOutOfReach: readonly BlobId[]
  readonly bytesToRepair: number
  readonly isRepairing: boolean
  /** Copies in more places than needed, to be given up when all others are durable. */
  readonly copiesSpare: number
  /** Deletions that not every member is known to have heard of. */
  readonly tombstones: number
  readonly peers: readonly PeerStanding[]
}

export interface PeerStanding {
  readonly node: NodeId
  readonly isAlive: boolean
  readonly freeBytes: number
  readonly blobs: number
  /** Chunks that it sent and that were not what was asked for. */
  readonly lies: number
  readonly isUntrusted: boolean
}
