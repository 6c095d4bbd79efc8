import type { NodeId } from '@flotilla/core/ids'
import type { CatalogueChange } from '../catalogue/contract.ts'
import type { ChunkSource } from '../tree/contract.ts'
import type { BlobDescriptor, BlobId, ChunkId, ChunkKind } from '../types.ts'

/** A descriptor, and the id that it has. */
export type IdentifiedBlob = BlobDescriptor & { readonly id: BlobId }

/** Moves chunks between nodes, and knows nothing of who ought to have what. One per node, on one channel. */
export interface Transfer extends AsyncDisposable {
  /**
   * A source that gets chunks from those peers, from several at once, each verified as it arrives. Whoever is slow gets
   * less to do, whoever sends what is not asked for is left out and counted. Rejects with `unavailable` when none of
   * them can give a chunk. `holders` may change while it is used.
   */
  source(holders: () => readonly NodeId[]): RemoteSource
  /**
   * Brings a whole blob into the vault of this node, of its chunks only the missing ones; resolves when it is durable
   * here, and in the catalogue. What came of an earlier attempt is used: until then it is a partial, which collections
   * keep for `partialKeptMs`.
   */
  pull(blob: IdentifiedBlob, holders: () => readonly NodeId[], options?: PullOptions): Promise<PullReport>
  /** Brings a blob that is here to that node, of its chunks only the missing ones; resolves when it is durable. */
  bring(blob: IdentifiedBlob, to: NodeId, options?: BringOptions): Promise<BringReport>
  /** Brings a blob to those nodes while it is being put here. */
  broadcast(to: readonly NodeId[]): Broadcast
  /** What that node has to say of itself. */
  standing(of: NodeId, options?: { readonly signal?: AbortSignal }): Promise<Standing>
}

/** What the parts around it have to say. */
export interface TransferHooks {
  /** Bytes that this node can still take. */
  freeBytes(): number | Promise<number>
  /** Whether that node may fetch from here and push to here. Default: every peer of the network may. */
  readonly admits?: (peer: NodeId) => boolean
  /**
   * Asked right before a blob that a peer has pushed, or that was pulled, is committed: throws a `FlotillaError` where
   * it is not wanted (it was deleted, say), which the peer is told. What it returns becomes durable with the blob.
   */
  readonly beforeCommit?: (blob: IdentifiedBlob, from: NodeId | undefined) => Promise<readonly CatalogueChange[]>
  /** A peer has pushed all of that blob, and it is durable. */
  readonly onBlobArrived?: (blob: IdentifiedBlob, from: NodeId) => void
  /** That peer sent something that no honest one sends. */
  readonly onLie?: (peer: NodeId, why: string) => void
}

export interface RemoteSource extends ChunkSource, AsyncDisposable {
  readonly report: FetchReport
}

export interface FetchReport {
  /** Of chunks that were verified and used. */
  readonly bytesByPeer: ReadonlyMap<NodeId, number>
  /** Those that were left out, and why. */
  readonly leftOut: ReadonlyMap<NodeId, LeftOutReason>
}

export type LeftOutReason = 'slow' | 'lying' | 'gone' | 'lacking'

export interface PullOptions {
  readonly signal?: AbortSignal
  readonly bytesPerSecond?: number
  readonly onProgress?: (progress: PullProgress) => void
}

export interface PullProgress {
  /** Bytes of content of which is known that they are here. */
  readonly bytesHere: number
  readonly bytesInAll: number
}

export interface PullReport extends FetchReport {
  readonly bytesFetched: number
  readonly chunksFetched: number
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
  /**
   * Resolves when there is room for more on the way to each peer that still takes part. It never rejects. `release` is
   * called once, when none of the peers needs these bytes any more; not at all where one of them has failed.
   */
  add(
    kind: ChunkKind,
    chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[],
    options?: { readonly release?: (() => void) | undefined },
  ): Promise<void>
  /** How it went, for each of them: `durable` where the blob is whole and durable. */
  finish(blob: IdentifiedBlob): Promise<ReadonlyMap<NodeId, BroadcastEnd>>
}

export type BroadcastEnd =
  | { readonly type: 'durable'; readonly bytesSent: number }
  | { readonly type: 'failed'; readonly why: string }

export interface Standing {
  readonly freeBytes: number
  /** It keeps what it cannot read: see the README on untrusted replicas. */
  readonly isUntrusted: boolean
}

export type TransferErrorCode =
  /** None of the peers can give it, or the one peer cannot be reached. */
  | 'unavailable'
  /** A peer did not do what no honest one fails to do; it was counted. */
  | 'wrong-answer'
  /** A list says something else of a chunk than the chunk itself. */
  | 'corrupt'
  | 'disk-full'
  | 'overloaded'
  /** That node does not let this one fetch or push. */
  | 'not-admitted'
  /** That peer does not want the blob, or what came does not make it up; `message` is what it said. */
  | 'refused'
  /** The peer speaks another version of this protocol. */
  | 'wrong-version'
  /** It took longer than the named limit. */
  | 'deadline-exceeded'
  | 'closed'
