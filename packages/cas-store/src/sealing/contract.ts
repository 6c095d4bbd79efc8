import type { ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import type { FilesToSeal, SealedFiles } from './file-batch.ts'

/**
 * 32 secret bytes that everybody has who may know what the store holds; all of a cluster have the same. Ids and the
 * ends of chunks depend on it, so that neither tells an outsider whether a file that he knows is in the store.
 */
export type IdentitySecret = Uint8Array & { readonly brand: 'IdentitySecret' }

/** The data keys of one node, 32 bytes each. New chunks are sealed with the newest. */
export interface DataKeys {
  readonly newest: KeyEpoch
  readonly keys: ReadonlyMap<KeyEpoch, Uint8Array>
}

export interface ChunkToSeal {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly bytes: Uint8Array
}

export interface SealedChunk {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly sealed: Uint8Array
}

/** What is to be stored. Without an id it is identified as well. */
export interface ChunkToPack {
  readonly id?: ChunkId | undefined
  readonly kind: ChunkKind
  readonly bytes: Uint8Array
}

/** A chunk as it stands in a pack: `sealed` is the end of its record. */
export interface PackedChunk extends SealedChunk {
  readonly record: Uint8Array
}

/** Chunks that could not be opened are told apart, so that one damaged chunk does not hide the others. */
export type OpenedChunk =
  | { readonly type: 'opened'; readonly bytes: Uint8Array }
  | { readonly type: 'damaged'; readonly why: 'wrong-format' | 'unknown-key' | 'not-authentic' }

export interface OpenOptions {
  /**
   * `content`, unless it is said otherwise: hashed again, and compared with the id. `seal`: it is enough that this node
   * has sealed these bytes as the chunk of that id and kind, whole and unchanged. What was wrong before it was sealed,
   * by a bug or a bad memory chip, is then found by a scrub, and by every other node that is sent it.
   */
  readonly verify?: 'content' | 'seal'
  /**
   * The sealed bytes are not needed any more, and no two chunks share any: what was in them may be written over them,
   * and what is given be a view of them.
   */
  readonly inPlace?: boolean
}

/**
 * Everything about chunks that costs much processor time or needs a secret. The order of results is that of what was
 * given. Bytes given must not change until it resolves.
 */
export interface Workshop extends AsyncDisposable {
  /** Of the key with which it seals now. */
  readonly epoch: KeyEpoch
  /**
   * Memory that other threads can reach without a copy: views of it are cheap to give, others are copied. It may hold
   * bytes of what it was used for before.
   */
  slab(byteLength: number): Uint8Array
  identify(kind: ChunkKind, chunks: readonly Uint8Array[]): Promise<readonly ChunkId[]>
  /** Compresses what becomes clearly smaller, and encrypts. */
  seal(chunks: readonly ChunkToSeal[]): Promise<readonly Uint8Array[]>
  /** Makes records of packs, in one go: each chunk is identified, sealed and checksummed while it is in the cache. */
  pack(chunks: readonly ChunkToPack[]): Promise<readonly PackedChunk[]>
  /** Only where it can read files by itself. A file that cannot be read is one of the results. */
  sealFiles?(files: FilesToSeal): Promise<SealedFiles>
  open(chunks: readonly SealedChunk[], options?: OpenOptions): Promise<readonly OpenedChunk[]>
  /**
   * Takes back memory that came from `slab`, `seal`, `pack` or `open`, all of a piece that was cut into several: it is
   * freed, or used again, so nobody may look at any view of it. Memory that came from elsewhere is left alone. Not
   * calling it is always right, and costs memory until it is collected, which may be late.
   */
  giveBack?(pieces: Iterable<Uint8Array>): void
  /** From now on these keys. */
  useKeys(keys: DataKeys): void
}
