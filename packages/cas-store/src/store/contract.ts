import type { BlobCallOptions, BlobSource, BlobStore, PutOptions, PutResult } from '../blobs.ts'
import type { BlobRow, CatalogueChange, CatalogueDamage } from '../catalogue/contract.ts'
import type { Workshop } from '../sealing/contract.ts'
import type { FillingSource } from '../tree/blob-writer.ts'
import type { ChunkSink } from '../tree/contract.ts'
import type { BlobDescriptor, BlobId, ChunkId, KeyEpoch } from '../types.ts'
import type { ChunkDamage, CollectionReport, FinishProgress, Vault } from '../vault/contract.ts'
import type { FilePut, FilesToPut } from './putting-files.ts'

/** A store on one disk: the blob interface, and what whoever runs it needs. */
export interface LocalStore extends BlobStore {
  readonly vault: Vault
  /** What others need to bring chunks here, and blobs from here to others. */
  readonly workshop: Pick<Workshop, 'slab' | 'identify'>
  blobIdOf(descriptor: BlobDescriptor): BlobId
  put(source: BlobSource | FillingSource, options?: LocalPutOptions): Promise<PutResult>
  /**
   * Puts many small files at once; undefined where its workshop cannot read files. One result for each of the first:
   * those behind them did not fit, and are to be given again. `putFiles` does both, and puts what is left.
   */
  readonly putSmallFiles: ((files: FilesToPut, options?: BlobCallOptions) => Promise<readonly FilePut[]>) | undefined
  /** What a name or an id stands for; undefined where there is no such blob here. */
  resolve(ref: string, options?: BlobCallOptions): Promise<BlobRow | undefined>
  /**
   * What that blob is made of stays until this is disposed of. It must be safe already, by being in the catalogue.
   * Throws `overloaded` beyond `holdsMax`.
   */
  hold(root: BlobDescriptor): Disposable
  /**
   * Forgets what nothing needs any more, beside whatever else goes on; one at a time, or `overloaded`. Rejects with
   * `corrupt` or `unavailable`, and forgets nothing, where a list of a blob cannot be read: nobody knows what hangs on
   * it. A check names that blob; it can be mended, or deleted.
   */
  collectGarbage(options?: CollectOptions): Promise<CollectionReport>
  /** Reads everything again; one at a time, or `overloaded`. */
  check(options?: CheckOptions): Promise<CheckReport>
  stats(options?: BlobCallOptions): Promise<StoreStats>
  /** A new data key, at once; what has an older one is sealed again in the background, and goes on after a restart. */
  rotateKey(options?: BlobCallOptions): Promise<KeyEpoch>
}

export interface LocalPutOptions extends PutOptions {
  /** Changes that are to happen together with the blob. */
  readonly also?: (blob: BlobRow) => readonly CatalogueChange[]
  /** Gets to see every chunk: to send it elsewhere as well. */
  readonly tee?: (sink: ChunkSink) => ChunkSink
}

export interface CollectOptions extends BlobCallOptions {
  readonly onProgress?: (progress: CollectProgress) => void
}

/** First all blobs are looked at, for what they need; then the rest is forgotten, and its packs are given back. */
export interface CollectProgress extends FinishProgress {
  readonly blobsLookedAt: number
  /** As counted when it began. */
  readonly blobsInAll: number
}

export interface CheckOptions extends BlobCallOptions {
  /** Default: no limit. */
  readonly bytesPerSecond?: number
  readonly onFinding?: (finding: CheckFinding) => void
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesInAll: number }) => void
  /**
   * Takes damaged rows out of the catalogue, as little of it can be looked through with them. What they said is lost:
   * chunks are missing then, and are brought like others; a blob or a name of this store alone is gone, and a
   * collection takes what only it needed. Default true.
   */
  readonly mendCatalogue?: boolean
  /** Gets the bytes of a chunk that is damaged or missing from elsewhere; undefined where nobody has it. */
  readonly bring?: (id: ChunkId, options: BlobCallOptions) => Promise<Uint8Array | undefined>
}

export type CheckFinding =
  | { readonly type: 'chunk-damaged'; readonly damage: ChunkDamage; readonly isMended: boolean }
  | {
      readonly type: 'chunk-missing'
      readonly id: ChunkId
      /** At most a named limit of those that need it. */
      readonly blobs: readonly BlobId[]
      readonly isMended: boolean
    }
  | { readonly type: 'catalogue-damaged'; readonly damage: CatalogueDamage; readonly isMended: boolean }

export interface CheckReport {
  readonly bytesRead: number
  readonly chunksRead: number
  readonly blobsRead: number
  /** Places on the disk that do not hold what was written there. */
  readonly damaged: number
  /** Chunks that a blob needs and that were not here, damaged ones among them. */
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
