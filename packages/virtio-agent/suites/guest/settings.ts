import type { OwnGuestLimits, OwnHostLimits, QgaClientLimits, QgaLimits } from '../../src/index.ts'

/** Small and quick, so that limits are met in a short life. */
export const guestLimits: Partial<OwnGuestLimits> = {
  lineBytesMax: 8_192,
  concurrentMax: 2,
  queuedMax: 3,
  orphansMax: 2,
  hungMax: 3,
  resultBytesMax: 4_096,
  unsentBytesMax: 16_384,
  unsentLinesMax: 32,
  progressBytesMax: 2_048,
  metricsIntervalMs: 1_000,
  silentMs: 3_000,
}

export const hostLimits: Partial<OwnHostLimits> = {
  lineBytesMax: 65_536,
  ordersMax: 16,
  helloAgainMs: 300,
  beatMs: 700,
  silentMs: 2_500,
  graceMs: 500,
}

export const qgaLimits: Partial<QgaLimits> = {
  messageBytesMax: 4_096,
  requestsMax: 8,
  commandMsMax: 2_000,
  abandonedMax: 3,
}

export const qgaClientLimits: Partial<QgaClientLimits> = { syncMs: 800, syncAgainMs: 300, silentMs: 500, callsMax: 8 }

/** What may run at once of our own dialect: of the session, of gone hosts, and what was given up. */
export const runningMax: number =
  (guestLimits.concurrentMax ?? 0) + (guestLimits.orphansMax ?? 0) + 2 * (guestLimits.hungMax ?? 0) + 2

export const sharedKey: Uint8Array = new Uint8Array(32).fill(7)
