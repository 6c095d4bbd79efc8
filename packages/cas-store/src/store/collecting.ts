import type { Clock } from '@flotilla/core/time'
import type { BlobRow, Catalogue, PartialRow } from '../catalogue/contract.ts'
import { walkBlob } from '../tree/blob-walk.ts'
import type { BlobDescriptor, BlobId } from '../types.ts'
import type { Collection, CollectionReport, FinishProgress, Vault } from '../vault/contract.ts'
import type { CollectOptions } from './contract.ts'
import { blobError, codeOf } from './errors.ts'
import type { Holds } from './holds.ts'

export interface CollectingParts {
  readonly vault: Vault
  readonly holds: Holds
  readonly clock: Pick<Clock, 'wallNow'>
  readonly pageRows: number
  readonly onProgress?: CollectOptions['onProgress'] | undefined
}

/**
 * Marks what is needed, then lets the vault forget the rest. What was put, deleted or read meanwhile is safe:
 * - a put, or a download, relies upon its session until its blob is in the catalogue; whatever a session of this time
 *   has touched is kept, so it does not matter whether the marking has passed that blob by then;
 * - a reader found its blob in the catalogue: if it was deleted before the marking came to it, it is held, and what is
 *   held is marked last, after everybody who was looking has found what he looked for. Who looks only then finds blobs
 *   that were there all the time, which are marked.
 */
export async function collectGarbage(parts: CollectingParts, signal: AbortSignal): Promise<CollectionReport> {
  const { vault, holds, pageRows } = parts
  const { catalogue } = vault
  await using collection = await vault.collection()
  const progress = new CollectingProgress((await catalogue.counts()).blobs, parts.onProgress)
  await markPartials(parts, collection, signal)
  for await (const rows of pagesOf(catalogue, pageRows)) await markRoots(parts, collection, rows, progress, signal)
  await markHeld(vault, collection, await holds.roots(), signal)
  signal.throwIfAborted()
  return await collection.finish({ signal, onProgress: (finishing) => progress.tell(finishing) })
}

/** All blobs, in pages. Those that come or go meanwhile may be among them or not. */
export async function* pagesOf(catalogue: Catalogue, rows: number): AsyncGenerator<readonly BlobRow[]> {
  let after: BlobId | undefined
  for (;;) {
    const page = await catalogue.blobs(after === undefined ? { limit: rows } : { after, limit: rows })
    if (page.length > 0) yield page
    after = page.at(-1)?.id
    if (page.length < rows || after === undefined) return
  }
}

/** Downloads that go on after a restart: not all of their lists are here. What nobody goes on with is given up. */
async function markPartials(parts: CollectingParts, collection: Collection, signal: AbortSignal): Promise<void> {
  const { vault, clock } = parts
  const nowMs = clock.wallNow()
  const given: PartialRow[] = []
  for (const partial of await vault.catalogue.partials()) {
    signal.throwIfAborted()
    if (partial.untilMs < nowMs) given.push(partial)
    else await markTree(vault, collection, partial, signal, ignoreUnreadable)
  }
  if (given.length > 0) {
    await vault.catalogue.commit(given.map(({ id }) => ({ type: 'remove-partial' as const, id })))
  }
}

/** Most blobs are one chunk: their roots are marked together, and only the others are walked. */
async function markRoots(
  { vault }: CollectingParts,
  collection: Collection,
  rows: readonly BlobRow[],
  progress: CollectingProgress,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const fresh = new Set(await collection.mark(rows.map(({ root }) => root)))
  let blobsAtOnce = 0
  for (const row of rows) {
    if (row.depth > 0 && fresh.delete(row.root)) {
      await markBelow(vault, collection, row, signal)
      progress.lookedAt(1)
    } else blobsAtOnce++
  }
  progress.lookedAt(blobsAtOnce)
}

async function markHeld(
  vault: Vault,
  collection: Collection,
  held: readonly BlobDescriptor[],
  signal: AbortSignal,
): Promise<void> {
  // What is held may be hurt, or half of it not here: nothing of it is lost by passing over what cannot be read.
  for (const root of held) await markTree(vault, collection, root, signal, ignoreUnreadable)
}

async function markTree(
  vault: Vault,
  collection: Collection,
  root: BlobDescriptor,
  signal: AbortSignal,
  onUnreadable: () => void,
): Promise<void> {
  await walkBlob(root, {
    source: vault,
    signal,
    visit: (chunks) => collection.mark(chunks.map(({ id }) => id)),
    onUnreadable,
  })
}

/** The root is marked already. */
async function markBelow(vault: Vault, collection: Collection, row: BlobRow, signal: AbortSignal): Promise<void> {
  let isRoot = true
  try {
    await walkBlob(row, {
      source: vault,
      signal,
      visit(chunks) {
        const wasRoot = isRoot
        isRoot = false
        const ids = chunks.map(({ id }) => id)
        return wasRoot ? ids : collection.mark(ids)
      },
    })
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'not-found' && code !== 'corrupt') throw error
    // It was deleted since its page was read, so nothing needs what hangs on it.
    if ((await vault.catalogue.blob(row.id)) === undefined) return
    throw blobError(
      code === 'corrupt' ? 'corrupt' : 'unavailable',
      `blob ${row.id} has a list that cannot be read, so nobody knows what hangs on it; nothing was collected`,
      { hint: 'run a check to mend the blob, or delete it, then collect again', cause: error },
    )
  }
}

class CollectingProgress {
  readonly #tell: CollectOptions['onProgress']
  readonly #blobsInAll: number
  #blobsLookedAt = 0

  constructor(blobsInAll: number, tell: CollectOptions['onProgress']) {
    this.#tell = tell
    this.#blobsInAll = blobsInAll
  }

  lookedAt(blobs: number): void {
    this.#blobsLookedAt += blobs
    this.tell({ chunksForgotten: 0, packBytesDone: 0, packBytesInAll: 0 })
  }

  tell(finishing: FinishProgress): void {
    this.#tell?.({ blobsLookedAt: this.#blobsLookedAt, blobsInAll: this.#blobsInAll, ...finishing })
  }
}

function ignoreUnreadable(): void {
  // Whoever reads it will be told.
}
