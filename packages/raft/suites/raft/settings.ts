import type { Host } from '@flotilla/sim'
import type { RaftLimits } from '../../src/raft.ts'
import type { RaftSettings } from '../../src/settings.ts'
import type { StorageLimits } from '../../src/storage/storage-limits.ts'

/** Small where it makes rare things common: snapshots, quiet groups, windows that are full. */
export function raftSettings({ random }: Pick<Host, 'random'>): Partial<RaftSettings> {
  return {
    heartbeatMs: 130,
    electionTimeoutMs: 400,
    priority: random.pick([3, 7, 10, 10]),
    diskStallMs: 1_000,
    appendBytesMax: 1_024,
    appendEntriesMax: random.between(1, 8),
    appendsInFlightMax: random.between(1, 4),
    snapshotLogBytes: 2_048,
    trailingBytes: random.pick([0, 512, 1_024]),
    logBytesMax: 65_536,
    undecidedBytesMax: 16_384,
    undecidedEntriesMax: 64,
    applyEntriesMax: random.between(1, 16),
    promotionLagMax: 8,
    transferTimeoutMs: 500,
    quietAfterMs: 500,
  }
}

export const raftLimits: Partial<RaftLimits> = {
  callTimeoutMs: 2_000,
  sessionsMax: 16,
  sessionIdleMs: 5_000,
  resultsKeptMax: 64,
  snapshotChunkBytes: 256,
  snapshotStallMs: 1_000,
}

/** Files of a few commands each, so that some are used again. */
export function storageLimits({ random }: Pick<Host, 'random'>): Partial<StorageLimits> {
  return {
    segmentBytes: random.pick([4_096, 8_192]),
    openingSegmentBytes: 4_096,
    batchBytesMax: 1_024,
    crowdedBytes: 16_384,
    readBytes: 4_096,
    readyBytes: 512,
    snapshotSyncBytes: 4_096,
  }
}
