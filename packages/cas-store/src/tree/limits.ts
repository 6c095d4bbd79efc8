import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** Part of the format: with others the same content would have another id. */
export interface TreeLimits {
  /** A list has fewer entries than this only at the end of its level. Eight levels then are enough for any blob. */
  readonly listEntriesMin: number
  readonly listEntriesAverage: number
  readonly listEntriesMax: number
  /** Lists between the root and the content, both counted. */
  readonly depthMax: number
  /** What six bytes can count. */
  readonly blobBytesMax: number
}

export const treeLimits: TreeLimits = {
  listEntriesMin: 64,
  listEntriesAverage: 256,
  listEntriesMax: 1_024,
  depthMax: 8,
  blobBytesMax: 2 ** 48 - 1,
}

export interface WritingLimits {
  /** How much is cut before it is handed over. */
  readonly batchBytes: number
  /** Batches that the sink has not taken yet, before no more is read. */
  readonly batchesInFlightMax: number
  /** Lists of one level that wait for company before they are handed over. */
  readonly listsWaitingMax: number
}

export const writingDefaults: WritingLimits = {
  batchBytes: 4 * 2 ** 20,
  batchesInFlightMax: 3,
  listsWaitingMax: 32,
}

const writingAllowed: Ranges<keyof WritingLimits> = {
  batchBytes: [1, 64 * 2 ** 20],
  batchesInFlightMax: [1, 64],
  listsWaitingMax: [1, 256],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateWritingLimits(settings: Partial<WritingLimits> = {}): WritingLimits {
  return wholeSettings('blob writer', writingDefaults, writingAllowed, settings)
}

export interface ReadingLimits {
  /** Bytes of content that are asked for and not given yet; a single chunk may be larger. */
  readonly windowBytes: number
  /** Of those, how much is asked for at once. */
  readonly batchBytes: number
  /** Lists that a walk reads at once. */
  readonly listsAtOnceMax: number
}

export const readingDefaults: ReadingLimits = {
  windowBytes: 8 * 2 ** 20,
  batchBytes: 2 * 2 ** 20,
  listsAtOnceMax: 16,
}

const readingAllowed: Ranges<keyof ReadingLimits> = {
  windowBytes: [1, 2 ** 30],
  batchBytes: [1, 64 * 2 ** 20],
  listsAtOnceMax: [1, 256],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateReadingLimits(settings: Partial<ReadingLimits> = {}): ReadingLimits {
  return wholeSettings('blob reader', readingDefaults, readingAllowed, settings)
}
