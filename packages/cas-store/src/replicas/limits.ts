import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What an untrusted replica allows itself. */
export interface ReplicaLimits {
  /** How long what was deleted stays on the disk, at most, after the replica has heard of it. */
  readonly collectEveryMs: number
  /** From the end of one check of everything to the next. */
  readonly checkEveryMs: number
  readonly checkBytesPerSecond: number
  /** How long after a failure something is tried again. */
  readonly retryPauseMs: number
}

const replicaDefaults: ReplicaLimits = {
  collectEveryMs: 3_600_000,
  checkEveryMs: 7 * 86_400_000,
  checkBytesPerSecond: 16 * 2 ** 20,
  retryPauseMs: 60_000,
}

const allowed: Ranges<keyof ReplicaLimits> = {
  collectEveryMs: [1_000, 366 * 86_400_000],
  checkEveryMs: [1_000, 366 * 86_400_000],
  checkBytesPerSecond: [1, 2 ** 40],
  retryPauseMs: [1, 86_400_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateReplicaLimits(limits: Partial<ReplicaLimits> = {}): ReplicaLimits {
  return wholeSettings('blob replica', { ...replicaDefaults }, allowed, limits)
}
