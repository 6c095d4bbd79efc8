import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

async function timed(clock: ManualClock, work: Promise<void>): Promise<number> {
  let isDone = false
  void work.then(() => (isDone = true))
  const begun = clock.now()
  for (;;) {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    if (isDone) return clock.now() - begun
    clock.advanceTo(clock.nextWakeAt ?? clock.now())
  }
}

test('a pace lets so many bytes through in a second, and no more after a rest', async () => {
  const clock = new ManualClock()
  const pace = new Pace(clock, 1_000)
  const passes = async (times: number): Promise<void> => {
    for (let pass = 0; pass < times; pass++) await pace.pass(100)
  }
  expect(await timed(clock, passes(101))).toBeGreaterThanOrEqual(9_800)
  clock.advance(3_600_000)
  expect(await timed(clock, passes(101))).toBeGreaterThanOrEqual(9_800)
})

test('a pace without a limit never waits', async () => {
  const clock = new ManualClock()
  for (const rate of [0, undefined]) expect(await timed(clock, new Pace(clock, rate).pass(2 ** 50))).toBe(0)
  expect(clock.timersWaiting).toBe(0)
})

test('waiting for a pace is given up by its signal', async () => {
  const clock = new ManualClock()
  const pace = new Pace(clock, 1)
  await pace.pass(1_000)
  const abort = new AbortController()
  const waiting = pace.pass(1, { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(clock.timersWaiting).toBe(0)
})
