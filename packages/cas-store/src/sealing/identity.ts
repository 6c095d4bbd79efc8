import { FlotillaError } from '@flotilla/core/errors'
import type { Crypto } from '@flotilla/core/crypto'
import type { BlobErrorCode } from '../blobs.ts'
import type { BlobId, ChunkId, ChunkKind } from '../types.ts'
import type { IdentitySecret } from './contract.ts'
import { readBlobId, readChunkId } from './id-text.ts'

/**
 * Ids are `sha256(idKey || what || sha256(bytes))`, where `what` is `data`, `list` or `blob`: always 68 bytes, so that
 * nothing can be appended to what is hashed, and no id of one kind is one of another. The key makes them useless to who
 * has a known file and wants to find out whether it is here.
 */
export interface Identity extends Disposable {
  chunkIdOf(kind: ChunkKind, sha256OfBytes: Uint8Array): ChunkId
  blobIdOf(encodedDescriptor: Uint8Array): BlobId
}

const identitySecretBytes = 32
const keyBytes = 32
const digestBytes = 32
const whatBytes = 4

/** Throws `wrong-key` unless it has 32 bytes. It is a copy. */
export function identitySecret(bytes: Uint8Array): IdentitySecret {
  if (bytes.length === identitySecretBytes) return Uint8Array.from(bytes) as IdentitySecret
  throw new FlotillaError<BlobErrorCode>('wrong-key', `the identity secret has ${bytes.length} bytes`, {
    hint: `it must have ${identitySecretBytes}; take the one that the cluster, or the store, was made with`,
  })
}

export function identityOf(crypto: Crypto, secret: IdentitySecret): Identity {
  const idKey = idKeyOf(crypto, secret)
  const naming = new Naming(crypto, idKey)
  idKey.fill(0)
  return {
    chunkIdOf: (kind, digest) => naming.chunkIdOf(kind, digest),
    blobIdOf: (encoded) => naming.blobIdOf(encoded),
    [Symbol.dispose]: () => naming[Symbol.dispose](),
  }
}

/** What ids are made with: who names chunks needs no more of the secret. */
export function idKeyOf(crypto: Crypto, secret: IdentitySecret): Uint8Array {
  return derived(crypto, secret, 'flotilla id v1')
}

/** Tells whether a store was written with this secret, and nothing else about it. */
export function identityMark(crypto: Crypto, secret: IdentitySecret): Uint8Array {
  return derived(crypto, secret, 'flotilla identity mark v1')
}

/** What names are made with; it need not keep a secret from who reads this process's memory. */
export type NameHash = Pick<Crypto, 'sha256'>

/** Makes ids, many of them a second: what is hashed is always put together at the same place. */
export class Naming implements Disposable {
  readonly #crypto: NameHash
  /** The key, then four letters, then a digest. */
  readonly #hashed = new Uint8Array(keyBytes + whatBytes + digestBytes)

  constructor(crypto: NameHash, idKey: Uint8Array) {
    this.#crypto = crypto
    this.#hashed.set(idKey.subarray(0, keyBytes))
  }

  chunkIdOf(kind: ChunkKind, digest: Uint8Array): ChunkId {
    return readChunkId(this.#hash(kind === 'data' ? letters.data : letters.list, digest), 0)
  }

  blobIdOf(encodedDescriptor: Uint8Array): BlobId {
    return readBlobId(this.#hash(letters.blob, this.#crypto.sha256(encodedDescriptor)), 0)
  }

  [Symbol.dispose](): void {
    this.#hashed.fill(0)
  }

  #hash(what: Uint8Array, digest: Uint8Array): Uint8Array {
    this.#hashed.set(what, keyBytes)
    this.#hashed.set(digest, keyBytes + whatBytes)
    return this.#crypto.sha256(this.#hashed)
  }
}

const letters: { readonly [What in ChunkKind | 'blob']: Uint8Array } = {
  data: new TextEncoder().encode('data'),
  list: new TextEncoder().encode('list'),
  blob: new TextEncoder().encode('blob'),
}

function derived(crypto: Crypto, secret: IdentitySecret, info: string): Uint8Array {
  return crypto.hkdfSha256(secret, new Uint8Array(0), new TextEncoder().encode(info), keyBytes)
}
