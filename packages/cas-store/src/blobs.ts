import type { BlobId, ByteRange } from './types.ts'

export type BlobErrorCode =
  /** There is no such blob or name. */
  | 'not-found'
  /** A name, an id, a range or a setting that cannot be; nothing was done. */
  | 'wrong-request'
  /** There is no room, or a named limit is reached; nothing that was acknowledged is harmed. */
  | 'disk-full'
  | 'overloaded'
  /** What the disk holds is not what was written; `flotilla blob fsck` says more, and mends what peers have. */
  | 'corrupt'
  /** Part of it is not here, and nobody who has it can be reached now. */
  | 'unavailable'
  /** Fewer durable copies than were asked for could be made; what was made stays, and repair goes on. */
  | 'too-few-copies'
  /** The key is missing, or it is not the one with which this store was written. */
  | 'wrong-key'
  /** It is pinned: unpin it first. */
  | 'pinned'
  | 'closed'

/** What can be put: bytes, or a stream of them in pieces of any size. */
export type BlobSource = Uint8Array | AsyncIterable<Uint8Array>

export interface BlobCallOptions {
  readonly signal?: AbortSignal
}

export interface PutOptions extends BlobCallOptions {
  /** Stands for the blob from then on, in place of what it stood for before. */
  readonly name?: string
  /** How many nodes shall have it, this one among them. Default: what the store is set to; alone it is 1. */
  readonly copies?: number | 'all'
  /** Told now and then. */
  readonly onProgress?: (progress: PutProgress) => void
}

export interface PutProgress {
  /** Bytes of content taken from the source. */
  readonly bytesRead: number
  /** Of those, the ones that were here already. */
  readonly bytesKnown: number
}

export interface PutResult {
  readonly id: BlobId
  readonly size: number
  /** Bytes of content that were here already. */
  readonly bytesKnown: number
  /** Bytes written to this node's disk. */
  readonly bytesStored: number
  /** Durable copies, this node's among them; never fewer than asked for. */
  readonly copies: number
}

export interface GetOptions extends BlobCallOptions {
  /** Part of it. Beyond the end it is `wrong-request`. */
  readonly range?: ByteRange
  /**
   * Each piece is only lent: its memory is used for something else as soon as the next one is asked for, or the
   * iteration ends, so nothing may be reading it then, no write under way either. It takes the least memory and time.
   * Default false: pieces are the caller's for ever.
   */
  readonly borrow?: boolean
}

/** The bytes, in order, each verified before it is given. May be iterated once. */
export interface BlobContent extends AsyncIterable<Uint8Array> {
  readonly id: BlobId
  /** Of the whole blob. */
  readonly size: number
  readonly range: ByteRange
}

export interface BlobStat {
  readonly id: BlobId
  readonly size: number
  /** Sorted. */
  readonly names: readonly string[]
  readonly pinned: boolean
  /** Milliseconds since 1970, by the clock of the node that put it. */
  readonly putAtMs: number
}

export interface ListOptions extends BlobCallOptions {
  /** Only names that begin so. */
  readonly prefix?: string
  /** Only what sorts behind this name. */
  readonly after?: string
  readonly limit?: number
}

export interface NamedBlob {
  readonly name: string
  readonly id: BlobId
  readonly size: number
  readonly putAtMs: number
}

/**
 * Blobs by id and by name. Wherever a `ref` is asked for, an id or a name will do: no name looks like an id. What was
 * acknowledged is durable. The same content has the same id, however often it was put.
 */
export interface BlobStore extends AsyncDisposable {
  put(source: BlobSource, options?: PutOptions): Promise<PutResult>
  /** Rejects with `not-found`; what is wrong with the content later rejects the iteration. */
  get(ref: string, options?: GetOptions): Promise<BlobContent>
  stat(ref: string, options?: BlobCallOptions): Promise<BlobStat | undefined>
  /**
   * Names, sorted by code units; each list is cut at `limit`. Another implementation may sort by code points, which
   * differs only for characters beyond U+FFFF.
   */
  list(options?: ListOptions): Promise<readonly NamedBlob[]>
  /** Blobs without regard to names, sorted by id; `after` is an id. */
  listIds(options?: Omit<ListOptions, 'prefix'>): Promise<readonly BlobStat[]>
  /** Lets the name stand for that blob. */
  name(name: string, ref: string, options?: BlobCallOptions): Promise<void>
  /** Forgets the name; whether there was one. The blob stays. */
  unname(name: string, options?: BlobCallOptions): Promise<boolean>
  /** Deletes a blob and every name that stands for it; whether there was one. Rejects with `pinned` while it is. */
  delete(ref: string, options?: BlobCallOptions): Promise<boolean>
  /** A pinned blob cannot be deleted. */
  pin(ref: string, options?: BlobCallOptions): Promise<void>
  unpin(ref: string, options?: BlobCallOptions): Promise<void>
}
