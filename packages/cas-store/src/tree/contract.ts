import type { BlobDescriptor, ChunkId, ChunkKind } from '../types.ts'

/** One line of a list: a chunk, and how many bytes of content are in it or below it. */
export interface ListEntry {
  readonly id: ChunkId
  readonly size: number
}

/** Gets chunks: from the disk, or from peers. What it gives has that id, or it rejects. */
export interface ChunkSource {
  /** In the order asked for. */
  read(
    wanted: readonly WantedChunk[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Uint8Array[]>
  /**
   * Said by who needs these chunks, which came from `read`, no more, and has given them to nobody else: their memory is
   * used for something else at once. Not saying so is always right, and costs memory until it is collected.
   */
  letGo?(chunks: readonly Uint8Array[]): void
}

export interface WantedChunk {
  readonly id: ChunkId
  readonly kind: ChunkKind
  /** Bytes of content in it or below it, as its list says: what is of another size is refused. */
  readonly size: number
}

/** Takes chunks: on the disk, or on peers as well. */
export interface ChunkSink {
  /**
   * Resolves with the ids, in order, when it has taken them: it may still be writing, and it is durable only later. How
   * much may be under way is its business: it resolves late when it has enough. The bytes belong to it, until it calls
   * `release`. Calls may overlap; those of one writer come in the order of the content.
   */
  add(kind: ChunkKind, chunks: readonly Uint8Array[], options?: AddOptions): Promise<readonly AddedChunk[]>
}

export interface AddOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * May be called once, when nobody reads these bytes any more, no thread and no write under way either: whoever gave
   * them then writes others in their place. Not calling it is always right, and costs memory until it is collected.
   */
  readonly release?: (() => void) | undefined
}

export interface AddedChunk {
  readonly id: ChunkId
  /** It was there already. */
  readonly isKnown: boolean
  /** Bytes that it takes on the disk, if it was not. */
  readonly bytesStored: number
}

/** What a writer has made of a source. */
export interface WrittenBlob extends BlobDescriptor {
  readonly bytesKnown: number
  readonly bytesStored: number
}
