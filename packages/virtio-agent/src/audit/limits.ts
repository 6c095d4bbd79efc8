import type { AuditLimits } from '@flotilla/core/audit'
import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface GuestAuditLimits {
  /** Records that wait for the log; one more is `overloaded`, or left out and counted where nobody waits for it. */
  readonly recordsWaitingMax: number
  /** A log that failed is opened again after so long at the earliest. */
  readonly reopenAfterMs: number
  /** Of what changes nothing; more of it is left out and counted, so that nobody can push the rest out of the log. */
  readonly mentionsPerMinuteMax: number
  /** So many of them at once. */
  readonly mentionsBurstMax: number
}

export const guestAuditDefaults: GuestAuditLimits = {
  recordsWaitingMax: 1_024,
  reopenAfterMs: 5_000,
  mentionsPerMinuteMax: 60,
  mentionsBurstMax: 1_000,
}

const allowed: Ranges<keyof GuestAuditLimits> = {
  recordsWaitingMax: [1, 65_536],
  reopenAfterMs: [0, 3_600_000],
  mentionsPerMinuteMax: [1, 1_000_000],
  mentionsBurstMax: [1, 1_000_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateGuestAuditLimits(limits: Partial<GuestAuditLimits> = {}): GuestAuditLimits {
  return wholeSettings('guest audit', { ...guestAuditDefaults }, allowed, limits)
}

/** Of the log itself: it is read when it is opened, in a small machine, so it is smaller than a node's. */
export const guestAuditFiles: Partial<AuditLimits> = {
  fileBytesMax: 2 ** 20,
  filesMax: 32,
  recordBytesMax: 2 ** 16,
  batchBytesMax: 2 ** 17,
}
