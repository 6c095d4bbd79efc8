import { codeOf } from '../../store/errors.ts'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { BlobDescriptor } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'

/** Whether every chunk of that blob is here: a scrub may have found some of them damaged, and forgotten them. */
export async function isWhole(blob: BlobDescriptor, vault: Vault, signal: AbortSignal): Promise<boolean> {
  let isMissing = false
  try {
    await walkBlob(blob, {
      source: vault,
      signal,
      visit: async (chunks) => {
        const places = await vault.catalogue.places(chunks.map(({ id }) => id))
        isMissing ||= places.includes(undefined)
        return isMissing ? [] : chunks.filter(({ kind }) => kind === 'list').map(({ id }) => id)
      },
    })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'not-found' || code === 'corrupt' || code === 'unavailable') return false
    throw error
  }
  return !isMissing
}
