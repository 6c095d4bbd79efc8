import { statfs } from 'node:fs/promises'
import type { WallMillis } from '@flotilla/core/time'
import { cliLimitsDefaults } from '../limits.ts'
import { bytesText, durationText } from '@flotilla/core/text'
import type { LastRow } from './database-check.ts'
import type { Finding } from './finding.ts'

const { clockAheadMsMax, freeBytesLow, freeBytesMin } = cliLimitsDefaults
/** This check was not written before; a clock that says so is wrong. */
const writtenMs = Date.UTC(2026, 0, 1)

export async function checkRoom(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  return roomFinding(bavail * bsize)
}

export function roomFinding(freeBytes: number): Finding {
  const what = `${bytesText(freeBytes)} are free on the disk of the folder`
  const hint = 'make room before the node has to refuse to write'
  if (freeBytes < freeBytesMin) return { subject: 'room', state: 'failed', what, hint }
  if (freeBytes < freeBytesLow) return { subject: 'room', state: 'warning', what, hint }
  return { subject: 'room', state: 'ok', what }
}

/** Against what is known to lie in the past. */
export function checkClock(now: WallMillis, last: LastRow | undefined): Finding {
  const subject = 'clock'
  const hint = 'set the time, and let it be kept by a time service (NTP)'
  if (now < writtenMs) {
    const what = `this machine believes that it is ${new Date(now).toISOString()}`
    return { subject, state: 'failed', what, hint }
  }
  const aheadMs = (last?.wallMs ?? now) - now
  if (aheadMs > clockAheadMsMax) {
    const what = `the clock has gone back: the history goes on for ${durationText(aheadMs / 1_000)} after now`
    return { subject, state: 'warning', what, hint }
  }
  return { subject, state: 'ok', what: `${new Date(now).toISOString()}, not before anything in the history` }
}
