import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { transportDefaults } from '../limits.ts'
import { Liveness, type Verdict } from './liveness.ts'
import { RoundTrip } from './round-trip.ts'

const quiet = { waiting: false, paused: false }

/** Wakes it at its deadlines until it says something else than to go on, or the time is over. */
function wakeUntil(
  liveness: Liveness,
  untilMs: number,
  signs = quiet,
): { readonly verdict: Verdict; readonly at: number } {
  for (let at = liveness.deadline(); at <= untilMs; at = liveness.deadline()) {
    const verdict = liveness.step(at, signs)
    if (verdict !== 'beat') return { verdict, at }
  }
  return { verdict: 'beat', at: untilMs }
}

function begun(): Liveness {
  return new Liveness(transportDefaults, 0 as Millis)
}

test('silence makes suspect first and dead then, and a sign of life ends both', () => {
  const liveness = begun()
  expect(wakeUntil(liveness, 3_000)).toEqual({ verdict: 'beat', at: 3_000 })
  expect([2_999, 3_000].map((at) => liveness.isSuspected(at as Millis))).toEqual([false, true])
  liveness.heard(3_500 as Millis)
  expect(liveness.isSuspected(4_000 as Millis)).toBe(false)
  expect(wakeUntil(liveness, 60_000)).toEqual({ verdict: 'silent', at: 14_000 })
})

test('who is doubted has less time', () => {
  const liveness = begun()
  liveness.heard(1_000 as Millis)
  liveness.doubt(1_000 as Millis)
  expect(wakeUntil(liveness, 60_000)).toEqual({ verdict: 'silent', at: 4_000 })
  const alive = begun()
  alive.doubt(0 as Millis)
  alive.heard(500 as Millis)
  expect(wakeUntil(alive, 9_000).verdict).toBe('beat')
})

test('time in which this process did not run is not held against the far side', () => {
  const liveness = begun()
  expect(liveness.step(1_000 as Millis, quiet)).toBe('beat')
  expect(liveness.step(60_000 as Millis, quiet)).toBe('beat')
  expect(wakeUntil(liveness, 120_000)).toEqual({ verdict: 'silent', at: 68_000 })
})

test('who is not read from is not silent, but who takes nothing has stalled', () => {
  const liveness = begun()
  expect(wakeUntil(liveness, 120_000, { waiting: true, paused: true })).toEqual({ verdict: 'stalled', at: 30_000 })
  const slow = begun()
  for (let at = 1_000; at < 100_000; at += 1_000) {
    slow.heard(at as Millis)
    if (at % 20_000 === 0) slow.took(at as Millis)
    expect(slow.step(at as Millis, { waiting: true, paused: false })).toBe('beat')
  }
})

test('round trips are smoothed, and only the answer to the last ping counts', () => {
  const roundTrip = new RoundTrip()
  expect(roundTrip.smoothedMs).toBeUndefined()
  const first = roundTrip.sent(0 as Millis)
  roundTrip.answered(8 as Millis, first + 1)
  expect(roundTrip.smoothedMs).toBeUndefined()
  roundTrip.answered(8 as Millis, first)
  roundTrip.answered(9_000 as Millis, first)
  expect(roundTrip.smoothedMs).toBe(8)
  roundTrip.answered(1_016 as Millis, roundTrip.sent(1_000 as Millis))
  expect(roundTrip.smoothedMs).toBe(9)
})
