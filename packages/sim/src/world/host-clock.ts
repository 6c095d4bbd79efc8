import type { Clock, Millis, WallMillis } from '@flotilla/core/time'

/** What a host's clock needs of the world. */
export interface HostTime {
  worldNowMs(): number
  /** Runs `wake` on the host at that world time, later if the host is paused, never if it is dead by then. */
  schedule(atMs: number, wake: () => void): Disposable
}

export interface HostClockOptions {
  /** What this incarnation's monotonic clock showed when it booted: arbitrary, so that comparing two hosts' shows. */
  readonly originMs: number
  /** How fast it runs: 1 is the world's pace. */
  readonly pace: number
  /** What the calendar shows, from world time; jumps are its caller's business. */
  readonly wallAt: (worldMs: number) => number
}

/** World time moves in whole microseconds, so that rounding never makes a timer fire a hair too early. */
const tickMs = 0.001

/** The clock of one incarnation of a host: its own origin, its own pace, its own calendar. */
export function hostClock(time: HostTime, options: HostClockOptions): Clock {
  const bootedAtMs = time.worldNowMs()
  const { originMs, pace, wallAt } = options
  const shownAt = (worldMs: number): number => originMs + (worldMs - bootedAtMs) * pace
  return {
    now: () => shownAt(time.worldNowMs()) as Millis,
    wallNow: () => Math.floor(wallAt(time.worldNowMs())) as WallMillis,
    wakeAt(at, wake) {
      if (at === Infinity) return { [Symbol.dispose]: () => {} }
      let dueMs = Math.max(bootedAtMs + (at - originMs) / pace, time.worldNowMs())
      while (shownAt(dueMs) < at) dueMs += tickMs
      return time.schedule(dueMs, wake)
    },
  }
}
