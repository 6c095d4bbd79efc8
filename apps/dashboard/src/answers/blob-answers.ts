/** What the paths of blobs answer, as far as the page shows it. */
export interface BlobStatsAnswer {
  readonly blobs: number
  readonly blobBytes: number | null
  readonly names: number
  readonly chunks: number
  readonly chunkBytes: number
  readonly savedBytes: number | null
  readonly diskBytes: number
  readonly keyEpoch: number
  readonly chunksWithOlderKeys: number
  readonly replication: BlobReplication | null
}

export interface BlobReplication {
  readonly blobs: number
  readonly blobsShort: number
  readonly blobsOutOfReach: readonly string[]
  readonly bytesToRepair: number
  readonly repairing: boolean
  readonly copiesSpare: number
  readonly peers: readonly BlobPeer[]
}

export interface BlobPeer {
  readonly id: string
  readonly name: string
  readonly alive: boolean
  readonly freeBytes: number
  readonly blobs: number
  readonly lies: number
  readonly untrusted: boolean
}

export interface BlobsAnswer {
  readonly blobs: readonly {
    readonly name: string
    readonly id: string
    readonly size: number
    readonly putAt: string
  }[]
  readonly next: string | null
}

export interface BlobStatAnswer {
  readonly id: string
  readonly size: number
  readonly names: readonly string[]
  readonly pinned: boolean
  readonly putAt: string
  readonly copiesWanted: number | 'all' | null
  readonly holders:
    | readonly {
        readonly id: string
        readonly name: string
        readonly self: boolean
        readonly alive: boolean
      }[]
    | null
}
