import type { Crypto } from '@flotilla/core/crypto'
import type { Workshop } from '../../sealing/contract.ts'
import type { ChunkId, ChunkKind } from '../../types.ts'
import { readOpaque, writeOpaque } from './opaque-chunk.ts'

interface NamedBytes {
  readonly id: ChunkId
  readonly bytes: Uint8Array
}

/** Makes chunks unreadable for strangers, and reads what they give back. */
export class StrangerSeal {
  readonly #workshop: Pick<Workshop, 'seal' | 'open' | 'giveBack'>
  readonly #crypto: Pick<Crypto, 'sha256'>

  /** The workshop must have the cluster's identity, and the keys for strangers: `strangerKeys`. */
  constructor(workshop: Pick<Workshop, 'seal' | 'open' | 'giveBack'>, crypto: Pick<Crypto, 'sha256'>) {
    this.#workshop = workshop
    this.#crypto = crypto
  }

  async seal(kind: ChunkKind, chunks: readonly NamedBytes[]): Promise<readonly NamedBytes[]> {
    const sealed = await this.#workshop.seal(chunks.map(({ id, bytes }) => ({ id, kind, bytes })))
    const opaque = chunks.map(({ id }, index) => {
      return { id, bytes: writeOpaque(this.#crypto, { id, sealed: sealed[index] ?? new Uint8Array(0) }) }
    })
    this.#workshop.giveBack?.(sealed)
    return opaque
  }

  /** In the order given; undefined where it is not that chunk. */
  async open(kind: ChunkKind, chunks: readonly NamedBytes[]): Promise<readonly (Uint8Array | undefined)[]> {
    const sealed = chunks.map(({ id, bytes }) => {
      const opaque = readOpaque(this.#crypto, bytes)
      return { id, kind, sealed: opaque?.id === id ? opaque.sealed : new Uint8Array(0) }
    })
    const opened = await this.#workshop.open(sealed)
    return opened.map((each) => (each.type === 'opened' ? each.bytes : undefined))
  }

  /** What `open` gave, all that came of one call: nobody looks at it any more. */
  giveBack(chunks: readonly NamedBytes[]): void {
    this.#workshop.giveBack?.(chunks.map(({ bytes }) => bytes))
  }
}
