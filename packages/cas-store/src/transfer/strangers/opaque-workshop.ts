import type { Crypto } from '@flotilla/core/crypto'
import type { ChunkToSeal, OpenedChunk, SealedChunk, Workshop } from '../../sealing/contract.ts'
import { nonceBytes } from '../../sealing/chunk-cipher.ts'
import { packSealed } from '../../sealing/packed-chunks.ts'
import { headerBytes, parseSealed, sealedOverheadBytes, writeHeader } from '../../sealing/sealed-chunk.ts'
import { readId } from '../../tree/id-bytes.ts'
import type { ChunkId, ChunkKind, KeyEpoch } from '../../types.ts'
import { readOpaque } from './opaque-chunk.ts'

/** There are no keys; the catalogue wants a row for it all the same. */
export const opaqueEpoch = 1 as KeyEpoch

const text = new TextEncoder()
const names = { list: text.encode('flotilla list for strangers'), none: text.encode('flotilla nothing for strangers') }

/**
 * The workshop of a node that keeps chunks without being able to read them. Content is what others have sealed, under
 * the id that it carries; lists say which of that belongs together; anybody can read them, and their hash names them.
 * It neither encrypts nor decrypts: what is secret is encrypted already.
 */
export function opaqueWorkshop({ crypto }: { readonly crypto: Pick<Crypto, 'sha256'> }): Workshop {
  const identify = (kind: ChunkKind, bytes: Uint8Array): ChunkId => {
    if (kind === 'list') return opaqueListId(crypto, bytes)
    // What is no opaque chunk has an id that nobody asks for.
    return readOpaque(crypto, bytes)?.id ?? hashedId(crypto, names.none, bytes)
  }
  return {
    epoch: opaqueEpoch,
    slab: (byteLength) => new Uint8Array(byteLength),
    identify: async (kind, chunks) => chunks.map((bytes) => identify(kind, bytes)),
    seal: async (chunks) => chunks.map(wrapped),
    pack: async (chunks) =>
      chunks.map(({ id, kind, bytes }) => {
        const chunk = { id: id ?? identify(kind, bytes), kind, bytes }
        return packSealed(chunk, wrapped(chunk))
      }),
    open: async (chunks) => chunks.map((chunk) => unwrapped(chunk, identify)),
    useKeys: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** What a list is called that strangers can read. */
export function opaqueListId(crypto: Pick<Crypto, 'sha256'>, bytes: Uint8Array): ChunkId {
  return hashedId(crypto, names.list, bytes)
}

function hashedId(crypto: Pick<Crypto, 'sha256'>, name: Uint8Array, bytes: Uint8Array): ChunkId {
  const named = new Uint8Array(name.length + 32)
  named.set(name)
  named.set(crypto.sha256(bytes), name.length)
  return readId(crypto.sha256(named), 0)
}

/** As sealed chunks look, so that packs need not know the difference; nonce and tag are zeros. */
function wrapped({ bytes }: ChunkToSeal): Uint8Array {
  const record = new Uint8Array(sealedOverheadBytes + bytes.length)
  const nonce = new Uint8Array(nonceBytes)
  writeHeader({ compression: 'none', epoch: opaqueEpoch, plainLength: bytes.length, nonce }, record, 0)
  record.set(bytes, headerBytes)
  return record
}

function unwrapped(
  { id, kind, sealed }: SealedChunk,
  identify: (kind: ChunkKind, bytes: Uint8Array) => ChunkId,
): OpenedChunk {
  const parsed = parseSealed(sealed)
  if (parsed.type === 'refused' || parsed.header.compression !== 'none') return { type: 'damaged', why: 'wrong-format' }
  const bytes = Uint8Array.from(parsed.body.subarray(0, parsed.header.plainLength))
  return identify(kind, bytes) === id ? { type: 'opened', bytes } : { type: 'damaged', why: 'not-authentic' }
}
