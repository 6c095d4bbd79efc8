import type { BlobId, ChunkId, KeyEpoch } from '../types.ts'

/** Small files that one thread reads, names and seals, one after the other, without a word in between. */
export interface FilesToSeal {
  /** Absolute. */
  readonly paths: readonly string[]
  /** What each of them was like when it was seen last, if it was: one that still is so is not read. */
  readonly signatures: readonly (string | undefined)[]
  /** What is larger is left to others. Each file becomes one chunk. */
  readonly fileBytesMax: number
  /** Where their records are written; there is room for the largest of them. */
  readonly room: Uint8Array
}

/** What became of a file, as the numbers in `SealedFiles.fates`. */
export const fileFates: {
  readonly sealed: 0
  readonly unchanged: 1
  /** It is too large, or was changed while it was read. */
  readonly left: 2
  readonly failed: 3
} = { sealed: 0, unchanged: 1, left: 2, failed: 3 }

/** What is said of many files comes in few pieces of memory: an object for each would cost more than all else. */
export interface SealedFiles {
  /** One for each of the first paths. What comes behind them did not fit. */
  readonly fates: Uint8Array
  /** In bytes, of each that was looked at. */
  readonly sizes: Float64Array
  /** Of the key with which they were sealed. */
  readonly epoch: KeyEpoch
  /** Of those that were sealed, in order: their only chunks, and the blobs that these are. */
  readonly chunks: readonly ChunkId[]
  readonly blobs: readonly BlobId[]
  /** What each of them is like now; empty where a later change might leave no trace. */
  readonly signatures: readonly string[]
  /** Where the record of each ends in the room. */
  readonly ends: Uint32Array
  /** Of those that failed, in order. */
  readonly failures: readonly FileFailure[]
}

export interface FileFailure {
  /** Such as `ENOENT`. */
  readonly code: string | undefined
  readonly message: string
}
