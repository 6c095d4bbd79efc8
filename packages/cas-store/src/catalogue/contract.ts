import type { NodeId } from '@flotilla/core/ids'
import type { BlobDescriptor, BlobId, ChunkId, ChunkKind, ChunkPlace, KeyEpoch, PackId } from '../types.ts'

export interface ChunkRow {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly epoch: KeyEpoch
  readonly place: ChunkPlace
}

/** A blob of which everything is here. */
export interface BlobRow extends BlobDescriptor {
  readonly id: BlobId
  readonly putAtMs: number
}

export interface NameRow {
  readonly name: string
  readonly blob: BlobId
  readonly atMs: number
}

/** A wrapped data key: the bytes are the keyring's business. */
export interface KeyRow {
  readonly epoch: KeyEpoch
  readonly wrapped: Uint8Array
  readonly atMs: number
}

/** A blob that is being brought here, over restarts too: what has come of it is kept until then. */
export interface PartialRow extends BlobDescriptor {
  readonly id: BlobId
  readonly untilMs: number
}

/** That node has said that it has all of that blob. */
export interface ShareRow {
  readonly blob: BlobId
  readonly node: NodeId
}

export interface PeerRow {
  readonly node: NodeId
  readonly seenAtMs: number
  /** Bytes that it can still take, as it said last. */
  readonly freeBytes: number
  /** The `seq` of this node's statements up to which it has them all. */
  readonly hasOursTo: number
  /** The `seq` of its statements, and of its holdings, up to which this node has them all. */
  readonly hasTheirsTo: number
  readonly holdingsTo: number
}

/** The newest word about one key: see `replication/`. */
export interface StatementRow {
  readonly key: string
  /** Hybrid time as text, which sorts as time does. */
  readonly stamp: string
  readonly author: NodeId
  /** The signed statement itself. */
  readonly envelope: Uint8Array
  /** It says that the key means nothing any more. */
  readonly isGone: boolean
}

/** A file of which is known what blob it was, by all that tells whether it has changed since. */
export interface SeenFileRow {
  readonly path: string
  readonly signature: string
  readonly blob: BlobId
}

/** One whose blob is here. */
export interface SeenBlobRow extends SeenFileRow {
  readonly size: number
}

/** What many small files were, column by column: objects for each of them would cost more than writing it down. */
export interface FileColumns {
  readonly atMs: number
  readonly blobs: readonly BlobId[]
  readonly sizes: readonly number[]
  /** All of their content. */
  readonly roots: readonly ChunkId[]
  /** Empty: it gets none. */
  readonly names: readonly string[]
  readonly paths: readonly string[]
  /** Empty: what is at that path is not remembered. */
  readonly signatures: readonly string[]
}

/** Changes of one commit happen together or not at all, in their order. Each is idempotent. */
export type CatalogueChange =
  /** Where the chunk is there already, that one stays, and the new place is dead weight. It counts as touched. */
  | { readonly type: 'add-chunks'; readonly chunks: readonly ChunkRow[] }
  /** Only what still is at `from`. */
  | { readonly type: 'move-chunks'; readonly moves: readonly ChunkMove[] }
  /** Only what still is there: it is damaged, or its pack is gone. */
  | { readonly type: 'drop-chunks'; readonly chunks: readonly { readonly id: ChunkId; readonly place: ChunkPlace }[] }
  /** Where it is there already, that one stays. */
  | { readonly type: 'add-blob'; readonly blob: BlobRow }
  /** And its names, not its pin. */
  | { readonly type: 'remove-blob'; readonly id: BlobId }
  /** Forgets which blobs are gone, of those up to that `seq` of `blobsSince`: nobody needs to be told any more. */
  | { readonly type: 'trim-gone'; readonly throughSeq: number }
  /** In place of what it stood for. Its blob need not be here. */
  | { readonly type: 'set-name'; readonly name: NameRow }
  | { readonly type: 'remove-name'; readonly name: string }
  | { readonly type: 'add-pin'; readonly id: BlobId }
  | { readonly type: 'remove-pin'; readonly id: BlobId }
  | { readonly type: 'set-key'; readonly key: KeyRow }
  /** `key-in-use` while a chunk has that epoch. From then on, to add or move chunks with it is `retired-key`. */
  | { readonly type: 'remove-key'; readonly epoch: KeyEpoch }
  | { readonly type: 'set-partial'; readonly partial: PartialRow }
  | { readonly type: 'remove-partial'; readonly id: BlobId }
  | { readonly type: 'set-share'; readonly share: ShareRow }
  | { readonly type: 'remove-share'; readonly share: ShareRow }
  | { readonly type: 'set-peer'; readonly peer: PeerRow }
  /** And its shares. */
  | { readonly type: 'remove-peer'; readonly node: NodeId }
  /** Only if it is newer: by stamp, then by author. It gets the next `seq`. */
  | { readonly type: 'set-statement'; readonly statement: StatementRow }
  /** Only if its stamp is still that. */
  | { readonly type: 'remove-statement'; readonly key: string; readonly stamp: string }
  | { readonly type: 'see-file'; readonly file: SeenFileRow }
  /** The same as `add-blob`, `set-name` and `see-file` of one after the other. */
  | { readonly type: 'add-files'; readonly files: FileColumns }
  /** Small facts of other parts, such as how far a rotation has come; undefined forgets it. */
  | { readonly type: 'set-note'; readonly key: string; readonly value: string | undefined }

export interface ChunkMove {
  readonly id: ChunkId
  readonly from: ChunkPlace
  readonly to: ChunkPlace
  /** Of the key with which it is sealed there. */
  readonly epoch: KeyEpoch
}

export interface PackUse {
  readonly pack: PackId
  readonly chunks: number
  readonly bytes: number
}

export interface Page<After> {
  readonly after?: After
  readonly limit: number
}

/**
 * `seq` rises with every change that this node's catalogue took of that table, and none is given twice, so that who
 * knows one can ask for the rest.
 */
export interface Fed<Row> {
  readonly seq: number
  readonly row: Row
}

/** Something that is in the catalogue and cannot be what was written. */
export interface CatalogueDamage {
  readonly table: string
  /** Which row, as far as that can be told. */
  readonly row: string
  readonly why: string
}

/**
 * All that a store knows about what its disk holds. Every call is one transaction; they happen one after the other, in
 * the order of the calls. A commit, and a sweep, is durable when it resolves; whatever was done before a crash without
 * having resolved happened wholly or not at all.
 *
 * **Marks.** Each chunk carries the generation in which it was last touched; generations are counted by `beginMarking`
 * from 1 on (before it is 0), and are volatile: after a restart nothing counts as touched. A sweep takes what was
 * touched in none of the generations from `keepFrom` on, and is refused unless `keepFrom` is at most the current one
 * and marking has begun in this life. So whoever touches or adds a chunk in generation g may rely upon it as long as
 * every sweep keeps from g or earlier on.
 */
export interface Catalogue extends AsyncDisposable {
  commit(changes: readonly CatalogueChange[]): Promise<void>

  readonly generation: number
  /** The new generation. */
  beginMarking(): Promise<number>
  /** Which of them are there, and where; those are touched. */
  touch(ids: readonly ChunkId[]): Promise<readonly (ChunkPlace | undefined)[]>
  /**
   * Touches them; which of them no `mark` of this generation has named before. Those that are missing count as such. A
   * touch is no mark: who touches a list says nothing about what is below it, so the marking must still descend there.
   */
  mark(ids: readonly ChunkId[]): Promise<readonly boolean[]>
  /**
   * Forgets at most so many untouched chunks; those that it forgot. They are fewer only when it has looked at all.
   * Where there are very many it takes turns with other calls, so that some that were made later may come first.
   */
  sweep(options: { readonly keepFrom: number; readonly limit: number }): Promise<readonly ChunkRow[]>

  /** Without touching them. */
  places(ids: readonly ChunkId[]): Promise<readonly (ChunkPlace | undefined)[]>
  packs(): Promise<readonly PackUse[]>
  /** Of one pack, by position. */
  chunksOf(pack: PackId, page: Page<number>): Promise<readonly ChunkRow[]>
  /** Those sealed with an older key, by id. */
  chunksBefore(epoch: KeyEpoch, page: Page<ChunkId>): Promise<readonly ChunkRow[]>
  /** How many those are. */
  chunkCountBefore(epoch: KeyEpoch): Promise<number>
  counts(): Promise<CatalogueCounts>

  blob(id: BlobId): Promise<BlobRow | undefined>
  blobs(page: Page<BlobId>): Promise<readonly BlobRow[]>
  /** Blobs in the order in which they came here, to tell others what this node has. */
  blobsSince(seq: number, limit: number): Promise<readonly Fed<{ readonly id: BlobId; readonly isGone: boolean }>[]>
  name(name: string): Promise<NameRow | undefined>
  /** Those of which the blob is here. */
  names(page: Page<string> & { readonly prefix: string }): Promise<readonly (NameRow & { readonly size: number })[]>
  namesOf(id: BlobId): Promise<readonly string[]>
  isPinned(id: BlobId): Promise<boolean>
  pins(): Promise<readonly BlobId[]>
  partials(): Promise<readonly PartialRow[]>

  keys(): Promise<readonly KeyRow[]>
  sharesOf(blob: BlobId): Promise<readonly NodeId[]>
  shares(page: Page<ShareRow>): Promise<readonly ShareRow[]>
  peers(): Promise<readonly PeerRow[]>
  statement(key: string): Promise<StatementRow | undefined>
  statements(page: Page<string> & { readonly prefix: string }): Promise<readonly StatementRow[]>
  statementsSince(seq: number, limit: number): Promise<readonly Fed<StatementRow>[]>
  seenFile(path: string): Promise<SeenFileRow | undefined>
  /** Those of which the blob is here. */
  seenFiles(paths: readonly string[]): Promise<readonly (SeenBlobRow | undefined)[]>
  note(key: string): Promise<string | undefined>

  /** Reads all of it; what it finds, at most `limit`. */
  verify(limit: number): Promise<readonly CatalogueDamage[]>
  /**
   * Makes the indexes anew and takes out the rows that are damaged: what they said is lost, and is missing from then on
   * where others can give it. What it took out. Rejects with `corrupt` where so much is damaged that even that fails.
   */
  mend(): Promise<readonly CatalogueDamage[]>
}

interface CatalogueCounts {
  readonly blobs: number
  readonly blobBytes: number
  readonly names: number
  readonly chunks: number
  /** Of their records. */
  readonly chunkBytes: number
}
