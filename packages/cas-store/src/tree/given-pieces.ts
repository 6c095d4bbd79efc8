import { assert } from '@flotilla/core/errors'
import type { ChunkSource } from './contract.ts'

/**
 * Pieces that the reader's caller keeps are copied in parts of this size: smaller ones are collected in time, as V8
 * feels the weight of what is allocated here, and larger ones were measured to be collected later.
 */
const copiedBytesMax = 32 * 2 ** 10

export interface GivingOptions {
  readonly source: ChunkSource
  /** The piece is lent, and its memory goes back to the source when the next one is asked for. */
  readonly borrow?: boolean | undefined
}

/** Gives the bytes from `start` to `end` of a chunk, and the chunk back to where it came from. */
export function* given(
  chunk: Uint8Array,
  start: number,
  end: number,
  { source, borrow = false }: GivingOptions,
): Generator<Uint8Array, undefined, undefined> {
  assert(end <= chunk.length, 'nobody lets go of a chunk that is not given yet')
  try {
    if (borrow || source.letGo === undefined)
      yield start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end)
    else for (let at = start; at < end; at += copiedBytesMax) yield chunk.slice(at, Math.min(at + copiedBytesMax, end))
  } finally {
    source.letGo?.([chunk])
  }
}
