import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

/** Limits of `openDiskStorage`. */
export interface StorageLimits {
  /** A file of the log; it grows beyond this only for a write that would not fit into any. */
  readonly segmentBytes: number
  /**
   * The first file that a life writes to: small, so that a node is up soon. Each next one is twice as long, up to
   * `segmentBytes`, so that making it ready takes no more from the disk than the log itself does.
   */
  readonly openingSegmentBytes: number
  /** What waits for the disk becomes another batch beyond this, with a sync of its own. */
  readonly batchBytesMax: number
  /** Bytes of log that wait for the disk. Only one that has stopped working lets so many gather: it has failed then. */
  readonly waitingBytesMax: number
  /** When the log is longer than this, `crowded` names those that keep it so long. */
  readonly crowdedBytes: number
  /** How much is read at a time while opening. */
  readonly readBytes: number
  /** How much of the next file is made ready at a time: what a sync of the log may have to wait for. */
  readonly readyBytes: number
  /** A snapshot is synced each time that it has grown by so much, so that no sync of the log waits for all of it. */
  readonly snapshotSyncBytes: number
}

export const storageDefaults: StorageLimits = {
  segmentBytes: 64 * 2 ** 20,
  openingSegmentBytes: 4 * 2 ** 20,
  batchBytesMax: 4 * 2 ** 20,
  waitingBytesMax: 2 ** 30,
  crowdedBytes: 512 * 2 ** 20,
  readBytes: 4 * 2 ** 20,
  readyBytes: 2 ** 20,
  snapshotSyncBytes: 4 * 2 ** 20,
}

const allowed: Ranges<keyof StorageLimits> = {
  segmentBytes: [4_096, 2 ** 30],
  openingSegmentBytes: [4_096, 2 ** 30],
  batchBytesMax: [1_024, 2 ** 30],
  waitingBytesMax: [4_096, 2 ** 34],
  crowdedBytes: [4_096, 2 ** 40],
  readBytes: [4_096, 2 ** 28],
  readyBytes: [512, 2 ** 28],
  snapshotSyncBytes: [4_096, 2 ** 30],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateStorageLimits(limits: Partial<StorageLimits> = {}): StorageLimits {
  const { segmentBytes = storageDefaults.segmentBytes } = limits
  const opening = Math.min(storageDefaults.openingSegmentBytes, segmentBytes)
  const whole = wholeSettings('raft storage', { ...storageDefaults, openingSegmentBytes: opening }, allowed, limits)
  wholeSetting('raft storage', 'openingSegmentBytes', whole.openingSegmentBytes, 4_096, whole.segmentBytes)
  wholeSetting('raft storage', 'waitingBytesMax', whole.waitingBytesMax, whole.batchBytesMax, 2 ** 34)
  return whole
}

/** The length of the file that follows on one of that length; 0 for the first of a life. */
export function segmentBytesAfter(before: number, limits: StorageLimits): number {
  return before === 0 ? limits.openingSegmentBytes : Math.min(2 * before, limits.segmentBytes)
}
