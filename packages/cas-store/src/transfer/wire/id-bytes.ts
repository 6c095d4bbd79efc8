import { ProtocolError } from '@flotilla/core/errors'
import { idBytesLength, readId, writeIdBytes } from '../../tree/id-bytes.ts'
import type { ChunkId } from '../../types.ts'

/** Ids as they travel: 32 bytes each, one after the other. */
export function packIds(ids: readonly ChunkId[]): Uint8Array {
  const packed = new Uint8Array(ids.length * idBytesLength)
  ids.forEach((id, index) => writeIdBytes(id, packed, index * idBytesLength))
  return packed
}

/** Throws a `ProtocolError` unless they are whole ids. */
export function unpackIds(packed: Uint8Array): ChunkId[] {
  if (packed.length % idBytesLength !== 0) throw new ProtocolError('malformed', 'ids of chunks are cut off')
  return Array.from({ length: packed.length / idBytesLength }, (_, index) => readId(packed, index * idBytesLength))
}
