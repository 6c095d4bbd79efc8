import type { Crypto } from '@flotilla/core/crypto'
import type { WantedChunk } from '../../tree/contract.ts'
import { ListLevels } from '../../tree/list-levels.ts'
import type { ChunkId, ChunkKind } from '../../types.ts'
import { bySize } from '../batches.ts'
import type { IdentifiedBlob } from '../contract.ts'
import type { Outgoing } from '../pushing/outgoing.ts'
import type { PushedChunk, PushStream } from '../pushing/push-stream.ts'
import { opaqueListId } from './opaque-workshop.ts'
import type { StrangerSeal } from './stranger-seal.ts'

const listsWaitingMax = 16

/**
 * A blob for a stranger: all of its chunks, its lists among them, as content that he cannot read; and lists that he can
 * read, which say no more than what belongs together. Each chunk counts as one byte there, so that not even the lists
 * have to be read to know what they hold. It goes under the id of the blob, which tells him nothing either.
 */
export class SealedOutgoing implements Outgoing {
  readonly #seal: StrangerSeal
  readonly #push: PushStream
  readonly #crypto: Pick<Crypto, 'sha256'>
  readonly #batchBytes: number
  readonly #levels: ListLevels
  #count = 0

  constructor(options: {
    readonly seal: StrangerSeal
    readonly crypto: Pick<Crypto, 'sha256'>
    readonly push: PushStream
    readonly batchBytes: number
  }) {
    this.#seal = options.seal
    this.#crypto = options.crypto
    this.#push = options.push
    this.#batchBytes = options.batchBytes
    this.#levels = new ListLevels((lists) => this.#addLists(lists), listsWaitingMax)
  }

  begin({ id }: IdentifiedBlob): IdentifiedBlob {
    return { id, size: 0, depth: 0, root: id as string as ChunkId }
  }

  kindOf(): ChunkKind {
    return 'data'
  }

  make(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<readonly PushedChunk[]> {
    return this.#seal.seal(kind, chunks)
  }

  async name(chunks: readonly WantedChunk[]): Promise<void> {
    const entries = chunks.map(({ id }) => ({ id, size: 1 }))
    // A single chunk stands there twice: what is one chunk would have no list, and be as long as its descriptor says.
    const first = this.#count === 0 ? entries.slice(0, 1) : []
    this.#count += first.length + entries.length
    await this.#levels.push([...first, ...entries])
  }

  async finish({ id }: IdentifiedBlob): Promise<IdentifiedBlob> {
    const { depth, root } = await this.#levels.finish()
    return { id, size: this.#count, depth, root }
  }

  async #addLists(lists: readonly Uint8Array[]): Promise<readonly ChunkId[]> {
    const ids = lists.map((bytes) => opaqueListId(this.#crypto, bytes))
    const missing = await this.#push.lacks('list', ids)
    const lacked = missing.map((index) => ({ id: ids[index] as ChunkId, bytes: lists[index] as Uint8Array }))
    for (const batch of bySize(lacked, this.#batchBytes, ({ bytes }) => bytes.length)) {
      await this.#push.send('list', batch)
    }
    return ids
  }
}
