import type { BlobCallOptions, BlobStore } from '../blobs.ts'
import type { CatalogueDamage } from '../catalogue/contract.ts'
import type { BlobId, ChunkId, KeyEpoch } from '../types.ts'
import type { ChunkDamage, CollectionReport, Vault } from '../vault/contract.ts'

/** A store on one disk: the blob interface, and what whoever runs it needs. */
export interface LocalStore extends BlobStore {
  readonly vault: Vault
  collectGarbage(options?: BlobCallOptions): Promise<CollectionReport>
  check(options?: CheckOptions): Promise<CheckReport>
  stats(options?: BlobCallOptions): Promise<StoreStats>
  /** A new data key, at once; what has an older one is sealed again in the background, and goes on after a restart. */
  rotateKey(options?: BlobCallOptions): Promise<KeyEpoch>
}

export interface CheckOptions extends BlobCallOptions {
  /** Default: no limit. */
  readonly bytesPerSecond?: number
  readonly onFinding?: (finding: CheckFinding) => void
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesInAll: number }) => void
  /** Gets a chunk that is damaged or missing from elsewhere; undefined where nobody has it. */
  readonly bring?: (id: ChunkId) => Promise<Uint8Array | undefined>
}

export type CheckFinding =
  | { readonly type: 'chunk-damaged'; readonly damage: ChunkDamage; readonly isMended: boolean }
  | {
      readonly type: 'chunk-missing'
      readonly id: ChunkId
      readonly blobs: readonly BlobId[]
      readonly isMended: boolean
    }
  | { readonly type: 'catalogue-damaged'; readonly damage: CatalogueDamage; readonly isMended: boolean }

export interface CheckReport {
  readonly bytesRead: number
  readonly chunksRead: number
  readonly blobsRead: number
  readonly damaged: number
  readonly missing: number
  readonly mended: number
  /** Blobs that cannot be read wholly now. At most a named limit of them. */
  readonly blobsHurt: readonly BlobId[]
}

export interface StoreStats {
  readonly blobs: number
  /** Content, as if nothing were shared. */
  readonly blobBytes: number
  readonly names: number
  readonly chunks: number
  readonly chunkBytes: number
  /** On the disk, in packs. */
  readonly diskBytes: number
  readonly keyEpoch: KeyEpoch
  /** Chunks that an older key still has to be kept for. */
  readonly chunksWithOlderKeys: number
}
