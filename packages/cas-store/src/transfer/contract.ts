import type { NodeId } from '@flotilla/core/ids'
import type { ChunkSource } from '../tree/contract.ts'
import type { BlobDescriptor, BlobId, ChunkId, ChunkKind } from '../types.ts'

/** Moves chunks between nodes, and knows nothing of who ought to have what. One per node, on one channel. */
export interface Transfer extends AsyncDisposable {
  /**
   * A source that gets chunks from those peers, from several at once, each verified as it arrives. Whoever is slow gets
   * less to do, whoever sends what is not asked for is left out and counted. Rejects with `unavailable` when none of
   * them can give a chunk. `holders` may change while it is used.
   */
  source(holders: () => readonly NodeId[]): RemoteSource
  /** Brings a blob that is here to that node, of its chunks only the missing ones; resolves when it is durable there. */
  bring(blob: BlobDescriptor & { readonly id: BlobId }, to: NodeId, options?: BringOptions): Promise<BringReport>
  /** Brings a blob to those nodes while it is being put here. */
  broadcast(to: readonly NodeId[]): Broadcast
  /** What that node has to say of itself. */
  standing(of: NodeId, options?: { readonly signal?: AbortSignal }): Promise<Standing>
}

export interface RemoteSource extends ChunkSource, AsyncDisposable {
  readonly report: FetchReport
}

export interface FetchReport {
  readonly bytesByPeer: ReadonlyMap<NodeId, number>
  /** Those that were left out, and why. */
  readonly leftOut: ReadonlyMap<NodeId, 'slow' | 'lying' | 'gone' | 'lacking'>
}

export interface BringOptions {
  readonly signal?: AbortSignal
  readonly bytesPerSecond?: number
}

export interface BringReport {
  readonly bytesSent: number
  readonly chunksSent: number
}

/** Disposing it before `finish` gives up: what peers have got of it they forget by themselves. */
export interface Broadcast extends AsyncDisposable {
  /** Resolves when there is room for more on the way to each peer that still takes part. It never rejects. */
  add(kind: ChunkKind, chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[]): Promise<void>
  /** How it went, for each of them: `durable` where the blob is whole and durable. */
  finish(blob: BlobDescriptor & { readonly id: BlobId }): Promise<ReadonlyMap<NodeId, BroadcastEnd>>
}

export type BroadcastEnd =
  | { readonly type: 'durable'; readonly bytesSent: number }
  | { readonly type: 'failed'; readonly why: string }

export interface Standing {
  readonly freeBytes: number
  /** It keeps what it cannot read: see the README on untrusted replicas. */
  readonly isUntrusted: boolean
}
