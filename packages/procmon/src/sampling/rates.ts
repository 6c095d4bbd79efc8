import type { CpuTimes, SystemReading } from '../readings.ts'
import { rateLimits } from './limits.ts'

/**
 * By the second, or undefined where that cannot be said: one of both is missing or no number, or the counter went back,
 * as it wrapped, was set to zero, or belongs to another device of that name.
 */
export function ratePerSecond(before: number | undefined, now: number | undefined, spanMs: number): number | undefined {
  if (before === undefined || now === undefined || !(spanMs > 0)) return undefined
  const rate = ((now - before) * 1_000) / spanMs
  return rate >= 0 && rate <= rateLimits.perSecondMax ? rate : undefined
}

/** Which share of the time, for a counter of milliseconds. A little more than all of it is all of it. */
export function shareOfTime(before: number | undefined, now: number | undefined, spanMs: number): number | undefined {
  const rate = ratePerSecond(before, now, spanMs)
  return rate === undefined ? undefined : Math.min(1, rate / 1_000)
}

/**
 * How much later the second reading is, or undefined where no rates are to be made of both: the machine was started
 * anew or suspended in between, or they are too close to each other or too far apart.
 */
export function spanOf(before: SystemReading, now: SystemReading): number | undefined {
  const spanMs = now.atMs - before.atMs
  const suspendedMs = Math.abs(now.wallMs - before.wallMs - spanMs)
  if (before.bootId !== now.bootId || suspendedMs >= rateLimits.suspendedMsMin) return undefined
  return spanMs >= rateLimits.spanMsMin && spanMs <= rateLimits.spanMsMax ? spanMs : undefined
}

export interface CpuShares {
  /** All but idle and waiting for disks. Guests are in `userMs` already, so they count once. */
  readonly usage: number
  readonly user: number
  readonly system: number
  readonly ioWait: number
  readonly steal: number
}

/**
 * What a processor did between both, as shares of the time that its own counters say has passed. Idle and waiting may
 * go back a little, and by far when a core was off, as the kernel reckons them anew: then the clock says how much time
 * there was. If anything else went back, it was set to zero, and nothing can be said.
 */
export function cpuShares(before: CpuTimes, now: CpuTimes, availableMs: number): CpuShares | undefined {
  const userMs = now.userMs - before.userMs + (now.niceMs - before.niceMs)
  const systemMs = now.systemMs - before.systemMs + (now.interruptMs - before.interruptMs)
  const stealMs = now.stealMs - before.stealMs
  const [idleMs, ioWaitMs] = [now.idleMs - before.idleMs, now.ioWaitMs - before.ioWaitMs]
  if (!(userMs >= 0 && systemMs >= 0 && stealMs >= 0)) return undefined
  const busyMs = userMs + systemMs + stealMs
  const countedMs = busyMs + Math.max(0, idleMs) + Math.max(0, ioWaitMs)
  const totalMs = idleMs < 0 || ioWaitMs < 0 ? Math.max(countedMs, availableMs) : countedMs
  if (!(totalMs > 0 && totalMs < Infinity)) return undefined
  return {
    usage: busyMs / totalMs,
    user: userMs / totalMs,
    system: systemMs / totalMs,
    ioWait: Math.max(0, ioWaitMs) / totalMs,
    steal: stealMs / totalMs,
  }
}
