import type { KeyEpoch } from '../types.ts'
import type { Vault } from '../vault/contract.ts'
import type { StoreStats } from './contract.ts'

export async function statsOf(vault: Vault, newest: KeyEpoch): Promise<StoreStats> {
  const [counts, usage, chunksWithOlderKeys] = await Promise.all([
    vault.catalogue.counts(),
    vault.usage(),
    vault.catalogue.chunkCountBefore(newest),
  ])
  const { blobs, blobBytes, names, chunks, chunkBytes } = counts
  return { blobs, blobBytes, names, chunks, chunkBytes, diskBytes: usage.bytes, keyEpoch: newest, chunksWithOlderKeys }
}
