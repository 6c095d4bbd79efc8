import type { Catalogue, CatalogueChange } from '../catalogue/contract.ts'
import type { ChunkSink, ChunkSource } from '../tree/contract.ts'
import type { ChunkId, ChunkKind, ChunkPlace, KeyEpoch, PackId } from '../types.ts'

/**
 * The chunks of one node: packs, catalogue and workshop together. It knows nothing of blobs. Reading a chunk that is
 * not here rejects with `not-found`, and one that is damaged with `corrupt`; both name it.
 */
export interface Vault extends ChunkSource, AsyncDisposable {
  readonly catalogue: Catalogue
  /** Begins to write. Whatever a session has added or found is safe from sweeps until it is disposed. */
  session(): VaultSession
  /** Begins to find out what is still needed; one at a time, or `overloaded`. */
  collection(): Promise<Collection>
  /**
   * Reads everything again, and tells of each damage. What is damaged is forgotten (its bytes are kept under
   * `quarantine/`), so that it is missing and can be had from others; the store goes on meanwhile.
   */
  scrub(options: ScrubOptions): Promise<ScrubReport>
  /** Seals again what has an older key than the newest; goes on where it was left. Resolves when nothing is left. */
  reseal(options: { readonly bytesPerSecond: number; readonly signal?: AbortSignal }): Promise<number>
  usage(): Promise<VaultUsage>
}

export interface VaultSession extends ChunkSink, AsyncDisposable {
  /** Which of them are not here; those that are stay until the session ends. */
  missing(ids: readonly ChunkId[]): Promise<readonly ChunkId[]>
  /** Takes chunks that somebody else has sent. Rejects with `wrong-chunk`, and takes none, unless each has its id. */
  take(kind: ChunkKind, chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[]): Promise<void>
  /**
   * Takes records that were made by this vault's own workshop, and in which nobody writes any more. Resolves with 1 for
   * each whose chunk was here before, or stands among them before.
   */
  addFinished(records: FinishedRecords, options?: { readonly signal?: AbortSignal | undefined }): Promise<Uint8Array>
  /** Makes all of it durable, and the changes together with it. A session may commit several times. */
  commit(changes: readonly CatalogueChange[]): Promise<void>
}

/** Whole records of a pack, one right behind the other. */
export interface FinishedRecords {
  readonly ids: readonly ChunkId[]
  readonly kind: ChunkKind
  /** Of the key with which all of them are sealed. */
  readonly epoch: KeyEpoch
  readonly bytes: Uint8Array
  /** Where each of them ends. */
  readonly ends: Uint32Array
  /** May be called once, when nobody reads the bytes any more, no write under way either. */
  readonly release?: () => void
}

/** Disposing it before `finish` leaves everything as it is. */
export interface Collection extends AsyncDisposable {
  /**
   * These are needed; which of them nobody has named before, in this collection: what hangs on them is to be named
   * too.
   */
  mark(ids: readonly ChunkId[]): Promise<readonly ChunkId[]>
  /**
   * Forgets what was not named and no session relies upon, and gives the disk back where it is worth it. Readers that
   * look for a chunk where it was find it where it is.
   */
  finish(options: FinishOptions): Promise<CollectionReport>
}

export interface FinishOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: FinishProgress) => void
}

export interface FinishProgress {
  readonly chunksForgotten: number
  /** Of the packs that are to be removed, or emptied; 0 until it is known which those are. */
  readonly packBytesDone: number
  readonly packBytesInAll: number
}

export interface CollectionReport {
  readonly chunksForgotten: number
  readonly bytesForgotten: number
  readonly packsRemoved: number
  readonly bytesFreed: number
}

export interface ScrubOptions {
  readonly bytesPerSecond: number
  readonly signal?: AbortSignal
  readonly onDamage: (damage: ChunkDamage) => void
  readonly onProgress?: (progress: { readonly bytesRead: number; readonly bytesInAll: number }) => void
}

export interface ChunkDamage {
  /** Unknown where the damage hides it. */
  readonly id: ChunkId | undefined
  readonly pack: PackId
  readonly place: ChunkPlace | undefined
  readonly why: 'missing-pack' | 'wrong-record' | 'not-authentic' | 'unknown-key'
}

export interface ScrubReport {
  readonly bytesRead: number
  readonly chunksRead: number
  readonly damaged: number
}

export interface VaultUsage {
  readonly packs: number
  /** On the disk. */
  readonly bytes: number
  /** Of those, in records that are needed or may be. */
  readonly bytesLive: number
}
