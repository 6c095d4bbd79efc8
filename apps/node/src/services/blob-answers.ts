/** What the paths of blobs answer, and what the page shows. Times are ISO texts; what is not there is `null`. */
export interface BlobPutAnswer {
  readonly id: string
  readonly name: string | null
  readonly size: number
  /** Bytes of content that were here already. */
  readonly bytesKnown: number
  /** Bytes written to this node's disk. */
  readonly bytesStored: number
  /** Durable ones, this node's among them. */
  readonly copies: number
}

export interface BlobsAnswer {
  readonly blobs: readonly NamedBlobEntry[]
  /** Ask for what comes after this name; `null` at the end. */
  readonly next: string | null
}

export interface NamedBlobEntry {
  readonly name: string
  readonly id: string
  readonly size: number
  readonly putAt: string
}

export interface BlobIdsAnswer {
  readonly blobs: readonly BlobEntry[]
  readonly next: string | null
}

export interface BlobEntry {
  readonly id: string
  readonly size: number
  readonly names: readonly string[]
  readonly pinned: boolean
  readonly putAt: string
}

export interface BlobStatAnswer extends BlobEntry {
  /** `null` where this node keeps blobs alone. */
  readonly copiesWanted: number | 'all' | null
  readonly holders: readonly BlobHolderEntry[] | null
}

interface BlobHolderEntry {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly alive: boolean
}

export interface BlobStatsAnswer {
  readonly blobs: number
  /** Content, as if nothing were shared; `null` on a node that keeps what it cannot read, as the next one. */
  readonly blobBytes: number | null
  readonly names: number
  readonly chunks: number
  /** Of what is kept: each chunk once, compressed and sealed. */
  readonly chunkBytes: number
  /** What sharing and compression save; 0 where there is nothing to save. */
  readonly savedBytes: number | null
  readonly diskBytes: number
  readonly keyEpoch: number
  readonly chunksWithOlderKeys: number
  /** `null` where this node keeps blobs alone. */
  readonly replication: BlobReplicationEntry | null
}

export interface BlobReplicationEntry {
  /** That this node knows of, its own among them. */
  readonly blobs: number
  readonly blobsShort: number
  readonly blobsOutOfReach: readonly string[]
  readonly bytesToRepair: number
  readonly repairing: boolean
  readonly copiesSpare: number
  readonly tombstones: number
  readonly peers: readonly BlobPeerEntry[]
}

interface BlobPeerEntry {
  readonly id: string
  readonly name: string
  readonly alive: boolean
  readonly freeBytes: number
  readonly blobs: number
  readonly lies: number
  readonly untrusted: boolean
}

/** What comes while something is done with blobs that takes long. */
export type BlobEvent<Done> =
  | { readonly event: 'beat' }
  | { readonly event: 'progress'; readonly progress: Readonly<Record<string, number>> }
  | { readonly event: 'finding'; readonly finding: BlobFindingEntry }
  | { readonly event: 'done'; readonly done: Done }

/** Everything is sealed with the new key. */
export interface KeyRotated {
  readonly keyEpoch: number
  readonly chunks: number
}

/** What came of making the catalogue anew. */
export interface BlobsRebuilt {
  readonly packs: number
  readonly chunks: number
  readonly bytesPassedOver: number
  readonly blobs: number
  /** Where the catalogue that could not be read is kept. */
  readonly keptAs?: string
}

/** Something that a check has found. */
export interface BlobFindingEntry {
  readonly type: 'chunk-damaged' | 'chunk-missing' | 'catalogue-damaged'
  readonly mended: boolean
  /** Where it is, as far as that can be told. */
  readonly what: string
  readonly why: string
}
