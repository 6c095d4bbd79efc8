import { assert } from '@flotilla/core/errors'
import { encodeRecordHead, recordBytes, recordHeadBytes } from '../packs/pack-format.ts'
import type { ChunkId } from '../types.ts'
import type { ChunkToPack, ChunkToSeal, PackedChunk } from './contract.ts'
import { sealedOverheadBytes } from './sealed-chunk.ts'

/** What was written to a room: records, one right behind the other from its front on. */
export interface PackedRoom {
  readonly ids: readonly ChunkId[]
  /** Of each record. */
  readonly lengths: readonly number[]
}

/** The most that the record of a chunk of so many bytes can take. */
export function packedBytesMax(chunkBytes: number): number {
  return recordBytes(chunkBytes + sealedOverheadBytes)
}

export function packedBytesMaxOf(chunks: readonly ChunkToPack[]): number {
  let sum = 0
  for (const { bytes } of chunks) sum += packedBytesMax(bytes.length)
  return sum
}

export function packedIn(room: Uint8Array, chunks: readonly ChunkToPack[], packed: PackedRoom): PackedChunk[] {
  let at = 0
  return chunks.map(({ kind }, index) => {
    const [id, length] = [packed.ids[index], packed.lengths[index]]
    assert(id !== undefined && length !== undefined, 'each chunk has its record')
    const record = room.subarray(at, at + length)
    at += length
    return { id, kind, sealed: record.subarray(recordHeadBytes), record }
  })
}

/** Makes a record of what is sealed already. */
export function packSealed({ id, kind }: ChunkToSeal, sealed: Uint8Array): PackedChunk {
  const record = new Uint8Array(recordBytes(sealed.length))
  record.set(sealed, recordHeadBytes)
  const packed = { id, kind, sealed: record.subarray(recordHeadBytes), record }
  encodeRecordHead(packed, record, 0)
  return packed
}
