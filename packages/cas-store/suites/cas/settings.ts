import type { CatalogueLimits } from '../../src/catalogue/limits.ts'
import type { ChunkPlan } from '../../src/chunking/contract.ts'
import type { LocalStoreLimits } from '../../src/limits.ts'
import type { VaultLimits } from '../../src/vault/limits.ts'

/** Tiny chunks: a blob of a few KiB is a tree. */
export const plan: ChunkPlan = [
  { from: 0, sizes: { min: 64, average: 256, max: 768 } },
  { from: 4_096, sizes: { min: 128, average: 512, max: 1_024 } },
]

/** Small pages and limits, so that everything happens in several steps. */
export const storeLimits: Partial<LocalStoreLimits> = {
  pageRows: 2,
  batchBytes: 1_500,
  readerIdleMs: 600_000,
  scrubEveryMs: 2_000,
  scrubBytesPerSecond: 100_000,
  resealBytesPerSecond: 200_000,
  retryPauseMs: 150,
}

/** Small packs, so that there are many, and collections write them anew. */
export const vaultLimits: Partial<VaultLimits> = {
  packBytesMax: 6_000,
  writeBytesMax: 1_024,
  openFilesMax: 2,
  readRunBytesMax: 2_048,
  readGapBytesMax: 64,
  bytesUnderWayMax: 4_096,
  rowsPendingMax: 4,
  pageRows: 5,
}

export const catalogueLimits: Partial<CatalogueLimits> = { rowsPerTurnMax: 20, journalBytesMin: 4_096 }

/** How much of a pack may be dead before a collection writes it anew: the default of the vault. */
export const liveShareMin = 0.6
