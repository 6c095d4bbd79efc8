import { wholeSettings, type Ranges } from '../machines/index.ts'

export interface AuditLimits {
  /** A file is followed by another one from then on. */
  readonly fileBytesMax: number
  /** So many files are kept; the oldest goes when one more begins. */
  readonly filesMax: number
  /** The longest record; longer texts in it are cut. */
  readonly recordBytesMax: number
  /** Records that wait to be written; one more is `overloaded`. */
  readonly recordsQueuedMax: number
  /** Written in one go, at most, and so torn at most when the power goes; `recordBytesMax` where that is more. */
  readonly batchBytesMax: number
}

export const auditDefaults: AuditLimits = {
  fileBytesMax: 16 * 2 ** 20,
  filesMax: 16,
  recordBytesMax: 16 * 2 ** 10,
  recordsQueuedMax: 4_096,
  batchBytesMax: 64 * 2 ** 10,
}

const allowed: Ranges<keyof AuditLimits> = {
  fileBytesMax: [1_024, 2 ** 30],
  filesMax: [2, 10_000],
  recordBytesMax: [1_024, 2 ** 20],
  recordsQueuedMax: [1, 2 ** 20],
  batchBytesMax: [1_024, 2 ** 24],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateAuditLimits(limits: Partial<AuditLimits> = {}): AuditLimits {
  const whole = wholeSettings('audit log', { ...auditDefaults }, allowed, limits)
  // A record is written in one go, however long it is, and no tear is longer than what is.
  return { ...whole, batchBytesMax: Math.max(whole.batchBytesMax, whole.recordBytesMax) }
}
