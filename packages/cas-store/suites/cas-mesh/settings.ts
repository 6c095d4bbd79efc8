import type { CatalogueLimits } from '../../src/catalogue/limits.ts'
import type { ChunkPlan } from '../../src/chunking/contract.ts'
import type { LocalStoreLimits } from '../../src/limits.ts'
import type { ReplicationLimits, ReplicationSettings } from '../../src/replication/limits.ts'
import type { TransferSettings } from '../../src/transfer/limits.ts'
import type { VaultLimits } from '../../src/vault/limits.ts'

/** Tiny chunks: a blob of a few KiB is a tree. */
export const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 256, max: 1_024 } }]

export const storeLimits: Partial<LocalStoreLimits> = {
  pageRows: 3,
  scrubEveryMs: 60_000,
  scrubBytesPerSecond: 2 ** 20,
  retryPauseMs: 300,
}

export const vaultLimits: Partial<VaultLimits> = {
  packBytesMax: 16_384,
  openFilesMax: 4,
  rowsPendingMax: 64,
  pageRows: 8,
}

export const catalogueLimits: Partial<CatalogueLimits> = { rowsPerTurnMax: 40 }

export const transferSettings: Partial<TransferSettings> = {
  batchBytesMax: 4_096,
  batchBytesFirst: 2_048,
  silenceMs: 1_500,
  answerMs: 3_000,
  openMs: 800,
  commitMs: 3_000,
  servedIdleMs: 5_000,
  broadcastWaitMs: 1_000,
  partialKeptMs: 20_000,
}

/** Everything happens soon, and in small pages. */
export const replicationLimits: Partial<ReplicationLimits> = {
  pageRows: 5,
  pagesPerTurnMax: 3,
  requestTimeoutMs: 500,
  spreadTimeoutMs: 300,
  askAgainMs: 1_000,
  newsPauseMs: 20,
  retryPauseMs: 50,
  retryPauseMsMax: 800,
  tombstoneGraceMs: 1_200,
  orphanAfterMs: 3_000,
  roundMs: 700,
  fullRoundMs: 4_000,
  leftAfterMs: 2_500,
  promiseMs: 1_500,
  actionsPerRoundMax: 6,
  changedBlobsMax: 8,
}

export const replicationSettings: Partial<ReplicationSettings> = { copies: 3, lostAfterMs: 2_000 }
