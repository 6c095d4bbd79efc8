/** 64 hexadecimal digits in lower case: see `sealing/identity.ts`. Only who has the identity secret can compute it. */
export type ChunkId = string & { readonly brand: 'ChunkId' }

/** 64 hexadecimal digits in lower case: the hash of a blob's descriptor, under the same secret. */
export type BlobId = string & { readonly brand: 'BlobId' }

/** A file that holds chunks one after the other: 32 hexadecimal digits, drawn at random. */
export type PackId = string & { readonly brand: 'PackId' }

/** Counts the data keys of a node, from 1. */
export type KeyEpoch = number & { readonly brand: 'KeyEpoch' }

/** Content, or a list of chunks. The kind is part of what an id is made of, so that neither is taken for the other. */
export type ChunkKind = 'data' | 'list'

/** What a blob is: enough to read it, and to check each byte. */
export interface BlobDescriptor {
  /** Bytes of content. */
  readonly size: number
  /** How many lists stand between the root and the content; 0: the root is the content. */
  readonly depth: number
  readonly root: ChunkId
}

/** Where a chunk is. */
export interface ChunkPlace {
  readonly pack: PackId
  /** Of the record's first byte. */
  readonly position: number
  /** Of the whole record. */
  readonly length: number
}

/** From `start` on, `length` bytes. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}
