import type { KeyEpoch } from '../types.ts'
import type { ChunkId } from '../types.ts'
import type { Vault } from '../vault/contract.ts'
import type { StoreStats } from './contract.ts'

export async function statsOf(vault: Vault, newest: KeyEpoch, pageRows: number): Promise<StoreStats> {
  const [counts, usage] = await Promise.all([vault.catalogue.counts(), vault.usage()])
  const { blobs, blobBytes, names, chunks, chunkBytes } = counts
  const chunksWithOlderKeys = await countBefore(vault, newest, pageRows)
  return { blobs, blobBytes, names, chunks, chunkBytes, diskBytes: usage.bytes, keyEpoch: newest, chunksWithOlderKeys }
}

async function countBefore(vault: Vault, epoch: KeyEpoch, limit: number): Promise<number> {
  let count = 0
  let after: ChunkId | undefined
  for (;;) {
    const page = await vault.catalogue.chunksBefore(epoch, after === undefined ? { limit } : { after, limit })
    count += page.length
    after = page.at(-1)?.id
    if (page.length < limit) return count
  }
}
