import type { Millis } from '@flotilla/core/time'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { hostClock } from './host-clock.ts'
import { VirtualTime } from './virtual-time.ts'

function clockOn(time: VirtualTime, options: { originMs?: number; pace?: number; offsetMs?: number } = {}) {
  const { originMs = 0, pace = 1, offsetMs = 0 } = options
  const ports = {
    worldNowMs: () => time.nowMs,
    schedule: (atMs: number, wake: () => void) => time.schedule(atMs, wake),
  }
  return hostClock(ports, { originMs, pace, wallAt: (worldMs) => worldMs + offsetMs })
}

describe('a host clock', () => {
  test('counts from its own origin at its own pace', () => {
    const time = new VirtualTime()
    const clock = clockOn(time, { originMs: 700, pace: 1.5 })
    time.step(100)
    expect(clock.now()).toBe(850)
  })

  test('shows a calendar of its own, in whole milliseconds', () => {
    const time = new VirtualTime()
    const clock = clockOn(time, { offsetMs: -250.5 })
    time.step(1_000)
    expect(clock.wallNow()).toBe(749)
  })

  test('never wakes anybody before its own time has come, whatever its pace', () => {
    const random = new Prng(7)
    for (let round = 0; round < 2_000; round++) {
      const time = new VirtualTime()
      const clock = clockOn(time, { originMs: random.below(1_000_000), pace: random.between(900, 1_100) / 1_000 })
      time.step(random.below(10_000) / 7)
      const at = (clock.now() + random.below(1_000_000) / 977) as Millis
      let shownMs: number | undefined
      clock.wakeAt(at, () => (shownMs = clock.now()))
      while (time.step(1_000_000));
      expect({ round, early: shownMs === undefined || shownMs < at }).toEqual({ round, early: false })
      expect((shownMs ?? 0) - at).toBeLessThan(0.01)
    }
  })

  test('never wakes for Infinity, and wakes soon for the past', () => {
    const time = new VirtualTime()
    const clock = clockOn(time)
    let woken = 0
    clock.wakeAt(Infinity as Millis, () => woken++)
    clock.wakeAt(-5 as Millis, () => woken++)
    expect(woken).toBe(0)
    while (time.step(1_000_000));
    expect(woken).toBe(1)
  })
})
