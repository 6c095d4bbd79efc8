import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** A name, in UTF-8. */
export const nameBytesMax = 1_024

/** What one store allows itself. */
export interface LocalStoreLimits {
  /** Puts that run at the same time; one more is refused with `overloaded`. */
  readonly putsMax: number
  /**
   * Of those, the streams and the large files: each has some slabs in memory. One more stream is refused with
   * `overloaded`; one more file waits.
   */
  readonly streamsMax: number
  /** How much of a blob is cut before it is handed to those who hash and seal; a few of these are in memory per put. */
  readonly batchBytes: number
  /** Of small files, how many bytes of records `putFiles` makes in one go; each batch under way has them in memory. */
  readonly fileBatchBytes: number
  /** Blobs that are being read at the same time; one more is refused with `overloaded`. */
  readonly readersMax: number
  /** A reader that has asked for nothing for so long does not keep what was deleted meanwhile from being collected. */
  readonly readerIdleMs: number
  /** Blobs that others of this process `hold` at the same time, one each; one more is refused with `overloaded`. */
  readonly holdsMax: number
  /** What one list holds unless the caller says how much. */
  readonly listLimit: number
  /** The most that a caller may ask of one list; more is refused with `wrong-request`. */
  readonly listLimitMax: number
  /** Rows of the catalogue that a collection or a check looks at at a time. */
  readonly pageRows: number
  /** Damages that a check remembers until it has tried to mend them, and blobs that its report names. */
  readonly findingsMax: number
  /** Blobs that one finding of a check names. */
  readonly blobsPerFindingMax: number
  /** How long what was deleted stays on the disk, about, until it is collected in the background. */
  readonly collectEveryMs: number
  /** How long nothing is collected in the background after a catalogue was rebuilt without its blobs. */
  readonly rebuiltKeptMs: number
  /** From the end of one scrub in the background to the next. */
  readonly scrubEveryMs: number
  readonly scrubBytesPerSecond: number
  /** How quickly chunks with an older key are sealed again. */
  readonly resealBytesPerSecond: number
  /** How long after a failure work in the background is tried again. */
  readonly retryPauseMs: number
}

export const localStoreDefaults: LocalStoreLimits = {
  putsMax: 1_024,
  streamsMax: 32,
  batchBytes: 4 * 2 ** 20,
  fileBatchBytes: 8 * 2 ** 20,
  readersMax: 4_096,
  readerIdleMs: 600_000,
  holdsMax: 65_536,
  listLimit: 1_000,
  listLimitMax: 10_000,
  pageRows: 1_000,
  findingsMax: 10_000,
  blobsPerFindingMax: 16,
  collectEveryMs: 6 * 3_600_000,
  rebuiltKeptMs: 14 * 86_400_000,
  scrubEveryMs: 7 * 86_400_000,
  scrubBytesPerSecond: 16 * 2 ** 20,
  resealBytesPerSecond: 32 * 2 ** 20,
  retryPauseMs: 60_000,
}

const allowed: Ranges<keyof LocalStoreLimits> = {
  putsMax: [1, 65_536],
  streamsMax: [1, 4_096],
  batchBytes: [1, 64 * 2 ** 20],
  fileBatchBytes: [64 * 2 ** 10, 64 * 2 ** 20],
  readersMax: [1, 2 ** 20],
  readerIdleMs: [1_000, 7 * 86_400_000],
  holdsMax: [1, 2 ** 20],
  listLimit: [1, 10_000],
  listLimitMax: [1, 10_000],
  pageRows: [1, 10_000],
  findingsMax: [1, 10_000],
  blobsPerFindingMax: [1, 1_024],
  collectEveryMs: [1_000, 366 * 86_400_000],
  rebuiltKeptMs: [1, 366 * 86_400_000],
  scrubEveryMs: [1_000, 366 * 86_400_000],
  scrubBytesPerSecond: [1, 2 ** 40],
  resealBytesPerSecond: [1, 2 ** 40],
  retryPauseMs: [1, 86_400_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateLocalStoreLimits(limits: Partial<LocalStoreLimits> = {}): LocalStoreLimits {
  return wholeSettings('cas-store', { ...localStoreDefaults }, allowed, limits)
}
