import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { AddedChunk, ChunkSink, ChunkSource, WantedChunk } from '../tree/contract.ts'
import { readId } from '../tree/id-bytes.ts'
import type { ChunkId, ChunkKind } from '../types.ts'

export interface MemoryChunk {
  readonly kind: ChunkKind
  readonly bytes: Uint8Array
}

/** The simplest chunk store: a map. Its ids are of the form of the real ones, with a key that everybody knows. */
export class MemoryChunks implements ChunkSink, ChunkSource {
  readonly chunks: Map<ChunkId, MemoryChunk> = new Map()
  readonly #crypto: Pick<Crypto, 'sha256'>

  constructor(crypto: Pick<Crypto, 'sha256'>) {
    this.#crypto = crypto
  }

  identify(kind: ChunkKind, bytes: Uint8Array): ChunkId {
    const digest = this.#crypto.sha256(bytes)
    const named = new Uint8Array(1 + digest.length)
    named[0] = kind === 'data' ? 0 : 1
    named.set(digest, 1)
    return readId(this.#crypto.sha256(named), 0)
  }

  async add(kind: ChunkKind, chunks: readonly Uint8Array[]): Promise<readonly AddedChunk[]> {
    return chunks.map((bytes) => this.#keep(kind, bytes))
  }

  /** Rejects with `not-found` for what is not there as that kind. */
  async read(
    wanted: readonly Pick<WantedChunk, 'id' | 'kind'>[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly Uint8Array[]> {
    options.signal?.throwIfAborted()
    return wanted.map(({ id, kind }) => {
      const chunk = this.chunks.get(id)
      if (chunk?.kind === kind) return chunk.bytes
      throw new FlotillaError('not-found', `there is no ${kind} chunk ${id}`)
    })
  }

  #keep(kind: ChunkKind, bytes: Uint8Array): AddedChunk {
    const id = this.identify(kind, bytes)
    if (this.chunks.has(id)) return { id, isKnown: true, bytesStored: 0 }
    this.chunks.set(id, { kind, bytes })
    return { id, isKnown: false, bytesStored: bytes.length }
  }
}

export function memoryChunks(crypto: Pick<Crypto, 'sha256'>): MemoryChunks {
  return new MemoryChunks(crypto)
}
