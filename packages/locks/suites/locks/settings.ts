import type { Host } from '@flotilla/sim'
import type { DiskStorageOptions, RaftLimits, RaftSettings } from '@flotilla/raft'
import type { LockClientLimits } from '../../src/limits.ts'

/** Short, so that sessions are lost and elections held many times in one run. */
export function raftSettings({ random }: Pick<Host, 'random'>): Partial<RaftSettings> {
  return {
    heartbeatMs: 100,
    electionTimeoutMs: 400,
    priority: random.between(1, 10),
    diskStallMs: 1_000,
    snapshotLogBytes: random.pick([4_096, 65_536]),
    trailingBytes: random.pick([0, 1_024]),
    logBytesMax: 2 ** 20,
    transferTimeoutMs: 500,
    quietAfterMs: 500,
  }
}

export const raftLimits: Partial<RaftLimits> = {
  callTimeoutMs: 2_000,
  sessionsMax: 16,
  sessionIdleMs: 5_000,
  resultsKeptMax: 256,
  snapshotChunkBytes: 1_024,
  snapshotStallMs: 1_000,
}

/** Small files: those of a real log would be most of what one run does. */
export const storageLimits: NonNullable<DiskStorageOptions['limits']> = {
  segmentBytes: 16_384,
  readyBytes: 4_096,
  readBytes: 16_384,
}

/** A group whose clock runs 5 % too fast and a client whose clock runs 5 % too slow are 10 % apart. */
export const clientLimits: Partial<LockClientLimits> = {
  clockDriftPermille: 100,
  leaseMarginMs: 10,
  askAgainMs: 200,
  attemptTimeoutMs: 700,
  releaseTimeoutMs: 500,
  closeTimeoutMs: 300,
  watchAgainMs: 500,
}

export const ttlMs = 900
/** Mostly none: it would hide a lease that ends too late. */
export const lockDelaysMs: readonly number[] = [0, 0, 300]
