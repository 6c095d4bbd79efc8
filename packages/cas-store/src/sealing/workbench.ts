import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import { encodeRecordHead, recordBytes, recordHeadBytes } from '../packs/pack-format.ts'
import type { BlobId, ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import { nonceBytes, tagBytes, type ChunkCipher, type ChunkCompressor } from './chunk-cipher.ts'
import { ChunkKeys, type KeySchedules } from './chunk-keys.ts'
import { looksCompressible } from './compressibility.ts'
import type { ChunkToPack, ChunkToSeal, OpenedChunk, OpenOptions, SealedChunk } from './contract.ts'
import { freeMemory } from './freed-memory.ts'
import { Naming, type NameHash } from './identity.ts'
import { sealedLimits } from './limits.ts'
import type { PackedRoom } from './packed-chunks.ts'
import {
  associatedBytes,
  headerBytes,
  parseSealed,
  sealedOverheadBytes,
  writeAssociated,
  writeHeader,
  type Compression,
} from './sealed-chunk.ts'

export interface WorkbenchOptions {
  readonly crypto: Crypto
  /** Default: that of `crypto`. */
  readonly nameHash?: NameHash
  readonly cipher: ChunkCipher
  readonly compressor: ChunkCompressor
  readonly entropy: Entropy
  readonly idKey: Uint8Array
  readonly keys: KeySchedules
}

/** Nonces are drawn so many at a time. */
const noncesDrawn = 64

/** What a workshop does with a chunk, synchronously; each thread has its own. */
export class Workbench implements Disposable {
  readonly #options: WorkbenchOptions
  readonly #nameHash: NameHash
  readonly #naming: Naming
  readonly #counts = new Uint16Array(256)
  readonly #chunkKeys: ChunkKeys
  readonly #associated = new Uint8Array(associatedBytes)
  #keys: KeySchedules
  #nonces: Uint8Array = new Uint8Array(0)
  #nonceAt = 0

  constructor(options: WorkbenchOptions) {
    this.#options = options
    this.#nameHash = options.nameHash ?? options.crypto
    this.#naming = new Naming(this.#nameHash, options.idKey)
    this.#chunkKeys = new ChunkKeys(options.crypto)
    this.#keys = options.keys
  }

  useKeys(keys: KeySchedules): void {
    this.#keys = keys
  }

  /** Of the key with which it seals now. */
  get epoch(): KeyEpoch {
    return this.#keys.newest
  }

  blobIdOf(encodedDescriptor: Uint8Array): BlobId {
    return this.#naming.blobIdOf(encodedDescriptor)
  }

  identify(kind: ChunkKind, chunks: readonly Uint8Array[]): ChunkId[] {
    return chunks.map((bytes) => this.#idOf(kind, bytes))
  }

  /** All of them in one piece of memory, one behind the other. */
  seal(chunks: readonly ChunkToSeal[]): Uint8Array[] {
    const contents = chunks.map(({ bytes }) => this.#contentOf(bytes))
    const room = new Uint8Array(contents.reduce((sum, { bytes }) => sum + bytes.length + sealedOverheadBytes, 0))
    let offset = 0
    return chunks.map((chunk, index) => {
      const content = contents[index]
      assert(content !== undefined, 'each chunk has its content')
      const sealed = room.subarray(offset, offset + content.bytes.length + sealedOverheadBytes)
      this.#sealInto(chunk, content, sealed)
      if (content.compression !== 'none') freeMemory(content.bytes)
      offset += sealed.length
      return sealed
    })
  }

  /** `room` has `packedBytesMax` for each of them. */
  pack(chunks: readonly ChunkToPack[], room: Uint8Array): PackedRoom {
    const ids: ChunkId[] = []
    const lengths: number[] = []
    let at = 0
    for (const { id: known, kind, bytes } of chunks) {
      const id = known ?? this.#idOf(kind, bytes)
      const content = this.#contentOf(bytes)
      const length = recordBytes(content.bytes.length + sealedOverheadBytes)
      const sealed = room.subarray(at + recordHeadBytes, at + length)
      this.#sealInto({ id, kind, bytes }, content, sealed)
      if (content.compression !== 'none') freeMemory(content.bytes)
      encodeRecordHead({ id, kind, sealed }, room, at)
      ids.push(id)
      lengths.push(length)
      at += length
    }
    return { ids, lengths }
  }

  open(chunks: readonly SealedChunk[], options: OpenOptions = {}): OpenedChunk[] {
    return chunks.map((chunk) => this.#openOne(chunk, options))
  }

  [Symbol.dispose](): void {
    this.#naming[Symbol.dispose]()
    this.#chunkKeys[Symbol.dispose]()
  }

  #idOf(kind: ChunkKind, bytes: Uint8Array): ChunkId {
    return this.#naming.chunkIdOf(kind, this.#nameHash.sha256(bytes))
  }

  #contentOf(bytes: Uint8Array): Content {
    assert(bytes.length <= sealedLimits.chunkBytesMax, 'no chunk is larger than a sealed chunk may be')
    if (bytes.length >= sealedLimits.compressedBytesMin && looksCompressible(bytes, this.#counts)) {
      const compressed = this.#options.compressor.compress(bytes)
      if (compressed.length * 100 <= bytes.length * sealedLimits.compressedPercentMax) {
        return { compression: 'zstd', bytes: compressed }
      }
      freeMemory(compressed)
    }
    return { compression: 'none', bytes }
  }

  #sealInto({ id, kind, bytes }: ChunkToSeal, content: Content, sealed: Uint8Array): void {
    const { newest, schedules } = this.#keys
    const schedule = schedules.get(newest)
    assert(schedule !== undefined, 'the newest data key is one of the data keys')
    const nonce = this.#nonce()
    const { compression } = content
    writeHeader({ compression, epoch: newest, plainLength: bytes.length, nonce }, sealed, 0)
    writeAssociated(sealed, kind, id, this.#associated)
    const key = this.#chunkKeys.derive(schedule, id)
    const input = { key, nonce, associated: this.#associated, bytes: content.bytes }
    this.#options.cipher.encrypt(input, sealed, headerBytes)
    key.fill(0)
  }

  #openOne({ id, kind, sealed }: SealedChunk, { verify = 'content', inPlace = false }: OpenOptions): OpenedChunk {
    const parsed = parseSealed(sealed)
    if (parsed.type === 'refused') return damaged('wrong-format')
    const { epoch, nonce, compression, plainLength } = parsed.header
    const schedule = this.#keys.schedules.get(epoch)
    if (schedule === undefined) return damaged('unknown-key')
    const { body } = parsed
    const contentBytes = body.length - tagBytes
    const content = inPlace ? body.subarray(0, contentBytes) : new Uint8Array(contentBytes)
    if (!this.#decrypt({ id, kind, sealed }, { schedule, nonce, body }, content)) return damaged('not-authentic')
    const bytes = compression === 'none' ? content : this.#options.compressor.decompress(content, plainLength)
    if (compression !== 'none' && !inPlace) freeMemory(content)
    if (bytes === undefined) return damaged('wrong-format')
    // What was sealed may have been other bytes than those that were identified, by a bug or a bad memory chip.
    if (verify === 'content' && this.#idOf(kind, bytes) !== id) return damaged('not-authentic')
    return { type: 'opened', bytes }
  }

  #decrypt({ id, kind, sealed }: SealedChunk, { schedule, nonce, body }: Locked, target: Uint8Array): boolean {
    writeAssociated(sealed, kind, id, this.#associated)
    const key = this.#chunkKeys.derive(schedule, id)
    const isAuthentic = this.#options.cipher.decrypt({ key, nonce, associated: this.#associated, bytes: body }, target)
    key.fill(0)
    return isAuthentic
  }

  #nonce(): Uint8Array {
    if (this.#nonceAt === this.#nonces.length) {
      this.#nonces = this.#options.entropy.bytes(noncesDrawn * nonceBytes)
      this.#nonceAt = 0
    }
    this.#nonceAt += nonceBytes
    return this.#nonces.subarray(this.#nonceAt - nonceBytes, this.#nonceAt)
  }
}

/** What is needed to decrypt a sealed chunk. */
interface Locked {
  readonly schedule: Uint8Array
  readonly nonce: Uint8Array
  /** Ciphertext and tag. */
  readonly body: Uint8Array
}

interface Content {
  readonly compression: Compression
  readonly bytes: Uint8Array
}

function damaged(why: 'wrong-format' | 'unknown-key' | 'not-authentic'): OpenedChunk {
  return { type: 'damaged', why }
}
