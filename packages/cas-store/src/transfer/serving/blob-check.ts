import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { WantedChunk } from '../../tree/contract.ts'
import { inBatches } from '../batches.ts'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { ChunkId } from '../../types.ts'
import type { VaultSession } from '../../vault/contract.ts'
import type { IdentifiedBlob, TransferErrorCode } from '../contract.ts'
import type { TransferContext } from '../transfer-context.ts'

/** Throws a `ProtocolError` unless the id is the one of that descriptor. */
export async function checkBlobId(context: TransferContext, blob: IdentifiedBlob): Promise<void> {
  if (context.blobIdOf === undefined || (await context.blobIdOf(blob)) === blob.id) return
  throw new ProtocolError<TransferErrorCode>('wrong-answer', `${blob.id} is not the id of the blob that it stands for`)
}

/**
 * Throws `refused` unless everything that the blob is made of is here, where it stays until the session ends. Whatever
 * the session has taken of it must have been committed. The lists are read and must fit together; the content was
 * verified when it came.
 */
export async function checkWhole(
  context: TransferContext,
  session: VaultSession,
  blob: IdentifiedBlob,
  signal: AbortSignal,
): Promise<void> {
  const { vault, settings } = context
  const lists = new DifferentLists(settings.listsMax)
  await walkBlob(blob, {
    source: vault,
    signal,
    visit: async (chunks) => {
      for (const batch of inBatches(chunks, settings.batchChunksMax)) {
        const missing = await session.missing(batch.map(({ id }) => id))
        if (missing.length > 0) throw incomplete(blob, missing)
      }
      return lists.unseen(chunks)
    },
  })
  // There is no list that says how much is in it.
  if (blob.depth === 0) await vault.read([{ id: blob.root, kind: 'data', size: blob.size }], { signal })
}

/** Remembers which lists a walk has come by, so that the same list many times over is not walked as often. */
export class DifferentLists {
  readonly #listsMax: number
  readonly #seen = new Set<ChunkId>()

  constructor(listsMax: number) {
    this.#listsMax = listsMax
  }

  unseen(chunks: readonly WantedChunk[]): ChunkId[] {
    return chunks
      .filter(({ id, kind }) => {
        if (kind === 'data' || this.#seen.has(id)) return false
        if (this.#seen.size >= this.#listsMax) {
          throw new FlotillaError('overloaded', `a blob has more than ${this.#listsMax} lists`, {
            hint: 'set listsMax higher if it is a blob of yours',
          })
        }
        this.#seen.add(id)
        return true
      })
      .map(({ id }) => id)
  }
}

function incomplete(blob: IdentifiedBlob, missing: readonly ChunkId[]): FlotillaError<TransferErrorCode> {
  return new FlotillaError('refused', `blob ${blob.id} is not whole: the chunk ${missing[0]} is missing`, {
    hint: 'push it again',
  })
}
