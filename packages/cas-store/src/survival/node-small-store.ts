import { createHash } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChunkPlan } from '../chunking/contract.ts'
import type { LocalStore } from '../store/contract.ts'
import { openBlobStore, type OpenBlobStoreOptions } from '../store/node-open-blob-store.ts'
import type { VaultLimits } from '../vault/limits.ts'

/** Small chunks and packs, so that little content has lists of lists and fills many packs. */
const plan: ChunkPlan = [{ from: 0, sizes: { min: 256, average: 1_024, max: 4_096 } }]
const vaultLimits: Partial<VaultLimits> = { packBytesMax: 128 * 1_024, smallPacksMax: 3 }

/** A real store in `store` of that folder, with its key beside it. */
export function openSmallStore(folder: string, options: Partial<OpenBlobStoreOptions> = {}): Promise<LocalStore> {
  return openBlobStore({
    folder: join(folder, 'store'),
    keyFile: join(folder, 'key'),
    threads: 1,
    plan,
    vaultLimits,
    background: false,
    ...options,
  })
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Of a blob's content, as it is read piece by piece. */
export async function digestOfBlob(store: LocalStore, ref: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of await store.get(ref)) hash.update(piece)
  return hash.digest('hex')
}

/** The packs that lie in that folder, known to the store or not. */
export async function packsInFolder(folder: string): Promise<readonly string[]> {
  const packs = join(folder, 'store', 'packs')
  await mkdir(packs, { recursive: true })
  const names = await readdir(packs, { recursive: true })
  return names.flatMap((name) => /([0-9a-f]{32})\.pack$/.exec(name)?.[1] ?? []).toSorted()
}

/** Ids of packs: those that are there, and those of which the catalogue knows. */
export interface PackSight {
  readonly onDisk: readonly string[]
  readonly known: readonly string[]
}

export async function packsOf(store: LocalStore, folder: string): Promise<PackSight> {
  const known = await store.vault.catalogue.packs()
  return { onDisk: await packsInFolder(folder), known: known.map(({ pack }) => pack).toSorted() }
}

/** One for many files: those of up to 4 KiB go in batches of some 20, and packs are small too. */
export function openFilesStore(folder: string): Promise<LocalStore> {
  return openSmallStore(folder, {
    plan: [{ from: 0, sizes: { min: 4_096, average: 8_192, max: 16_384 } }],
    limits: { fileBatchBytes: 64 * 1_024 },
  })
}
