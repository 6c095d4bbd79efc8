import { codeOf } from '../../store/errors.ts'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { ChunkSource, WantedChunk } from '../../tree/contract.ts'
import type { BlobDescriptor } from '../../types.ts'
import type { Vault, VaultSession } from '../../vault/contract.ts'
import { isWhole } from './wholeness.ts'

/** Chunks that are asked for at once. */
const chunksAtOnce = 64

/**
 * Brings what is missing of a blob that ought to be here, such as chunks that a scrub has found damaged and forgotten.
 * How many chunks came; rejects with `unavailable` where nobody has one of them.
 */
async function mendBlob(
  blob: BlobDescriptor,
  options: { readonly vault: Vault; readonly far: ChunkSource; readonly signal: AbortSignal },
): Promise<number> {
  const { vault, far, signal } = options
  await using session = vault.session()
  let brought = 0
  await walkBlob(blob, {
    source: vault,
    signal,
    visit: async (chunks) => {
      for (let at = 0; at < chunks.length; at += chunksAtOnce) {
        const batch = chunks.slice(at, at + chunksAtOnce)
        const missing = new Set(await session.missing(batch.map(({ id }) => id)))
        const lacked = batch.filter(({ id }) => missing.has(id))
        if (lacked.length > 0) await takeAll(session, lacked, await far.read(lacked, { signal }))
        brought += lacked.length
      }
      // Lists can be read, to find out what is below them, once they are committed.
      await session.commit([])
      return chunks.filter(({ kind }) => kind === 'list').map(({ id }) => id)
    },
  })
  return brought
}

/** The same for several of them; those that are whole then. */
export async function mendBlobs<Blob extends BlobDescriptor>(
  blobs: readonly Blob[],
  options: { readonly vault: Vault; readonly far: ChunkSource; readonly signal: AbortSignal },
): Promise<{ readonly whole: readonly Blob[]; readonly chunks: number }> {
  const whole: Blob[] = []
  let chunks = 0
  for (const blob of blobs) {
    try {
      chunks += await mendBlob(blob, options)
      if (await isWhole(blob, options.vault, options.signal)) whole.push(blob)
    } catch (error) {
      options.signal.throwIfAborted()
      if (!isElsewhere(error)) throw error
    }
  }
  return { whole, chunks }
}

async function takeAll(
  session: VaultSession,
  wanted: readonly WantedChunk[],
  bytes: readonly Uint8Array[],
): Promise<void> {
  for (const kind of ['list', 'data'] as const) {
    const chunks = wanted.flatMap((chunk, index) =>
      chunk.kind === kind ? [{ id: chunk.id, bytes: bytes[index] as Uint8Array }] : [],
    )
    if (chunks.length > 0) await session.take(kind, chunks)
  }
}

/** Others cannot help now; that is no fault of this node. */
function isElsewhere(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'unavailable' || code === 'not-found' || code === 'corrupt'
}
