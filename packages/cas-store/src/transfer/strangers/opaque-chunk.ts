import type { Crypto } from '@flotilla/core/crypto'
import { idBytesLength, readId, writeIdBytes } from '../../tree/id-bytes.ts'
import type { ChunkId } from '../../types.ts'

/*
 * A chunk as a stranger gets it, version 1.
 *
 *    0   2  'fo'
 *    2   1  version: 1
 *    3   1  0
 *    4  32  the id of the chunk
 *   36   n  the chunk, sealed with the keys for strangers (see sealing/sealed-chunk.ts)
 *    .  32  SHA-256 of all before
 *
 * A stranger cannot compute the id, which depends on a secret and on the content. So it is carried, and the checksum
 * tells him whether his disk has kept what he was given. Whoever has the secret relies on neither: the seal is bound to
 * the id, and what is in it has to have that id as well.
 */
const head = Uint8Array.of(0x66, 0x6f, 1, 0)
const sealedAt = head.length + idBytesLength
const checksumBytes = 32

/** What it has more than what is sealed. */
export const opaqueOverheadBytes: number = sealedAt + checksumBytes

export interface OpaqueChunk {
  readonly id: ChunkId
  readonly sealed: Uint8Array
}

export function writeOpaque(crypto: Pick<Crypto, 'sha256'>, { id, sealed }: OpaqueChunk): Uint8Array {
  const bytes = new Uint8Array(opaqueOverheadBytes + sealed.length)
  bytes.set(head)
  writeIdBytes(id, bytes, head.length)
  bytes.set(sealed, sealedAt)
  const end = bytes.length - checksumBytes
  bytes.set(crypto.sha256(bytes.subarray(0, end)), end)
  return bytes
}

/** Undefined where it is not what was written. */
export function readOpaque(crypto: Pick<Crypto, 'sha256'>, bytes: Uint8Array): OpaqueChunk | undefined {
  if (bytes.length < opaqueOverheadBytes || head.some((byte, index) => bytes[index] !== byte)) return undefined
  const end = bytes.length - checksumBytes
  const checksum = crypto.sha256(bytes.subarray(0, end))
  if (checksum.some((byte, index) => bytes[end + index] !== byte)) return undefined
  return { id: readId(bytes, head.length), sealed: bytes.subarray(sealedAt, end) }
}
