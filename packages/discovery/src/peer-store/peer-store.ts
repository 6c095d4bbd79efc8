import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import type { Address } from '../address.ts'

/**
 * - `connected`: there is a connection now.
 * - `seen`: heard of, by a beacon or from others.
 * - `unreachable`: it was connected, and nothing was heard of it since.
 */
export type PeerStatus = 'connected' | 'seen' | 'unreachable'

/** What is remembered of a peer. */
export interface StoredPeer {
  readonly id: NodeId
  readonly name: string
  readonly roles: readonly string[]
  /** Where its transport listens, as it said itself. */
  readonly addresses: readonly Address[]
  readonly status: PeerStatus
  /** When it was connected or heard of last. */
  readonly lastSeen: WallMillis
}

export type PeerStoreErrorCode = 'storage-failed'

/**
 * Remembers peers over a restart. It is a cache: losing it costs the time to find the peers anew, so nothing in it is
 * worth failing for. Every method may throw `storage-failed`, and nothing else.
 */
export interface PeerStore extends AsyncDisposable {
  /** All that are there, in no order. */
  list(): readonly StoredPeer[]
  /** Puts them in, each in place of what was there under its id. All of them or none. */
  upsert(peers: readonly StoredPeer[]): void
  /** Takes them out; one that is not there does not matter. All of them or none. */
  forget(ids: readonly NodeId[]): void
}
