import type { RecordLogLimits } from '@flotilla/core/record-log'

export interface FenceLimits {
  /** Keys that a fence keeps in memory. */
  readonly keysMax: number
  /** Records in the file of a fence on disk, for each key in it, before it is written anew. */
  readonly recordsPerKeyMax: number
  /** The longest key. */
  readonly keyBytesMax: number
}

export const fenceDefaults: FenceLimits = { keysMax: 100_000, recordsPerKeyMax: 8, keyBytesMax: 512 }

/** Of the file: a fence stores one key at a time. */
export const fenceRecordLimits: Partial<RecordLogLimits> = { recordBytesMax: 4_096 }
