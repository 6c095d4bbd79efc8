/** How content is cut. All three in bytes; `min <= average <= max`. */
export interface ChunkSizes {
  readonly min: number
  readonly average: number
  readonly max: number
}

/**
 * Which sizes hold from which byte of a blob on: small ones first, so that small files and the heads of large ones
 * share what they can; large ones further on, so that a large blob has few chunks. It depends on nothing but the place
 * in the blob, so the same content is always cut alike, whether its length was known before or not.
 */
export type ChunkPlan = readonly { readonly from: number; readonly sizes: ChunkSizes }[]

/**
 * Finds where chunks end. Bytes are given in pieces of any size; the ends are the same for every way of cutting the
 * content into pieces. It keeps no bytes.
 */
export interface Chunker {
  /**
   * The next end within `bytes`, from `offset` on, which is where the last call ended: its place in `bytes`, or -1 when
   * there is none in them (then all of them belong to the chunk under way).
   */
  next(bytes: Uint8Array, offset: number): number
}
