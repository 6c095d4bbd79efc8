import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { Prng } from '../random/index.ts'
import type { WallMillis } from './clock.ts'
import { HybridClock } from './hybrid-clock.ts'
import { compareHybrid, hybridTime, type HybridTime } from './hybrid-time.ts'

const at = (ms: number): WallMillis => ms as WallMillis

describe('a hybrid clock', () => {
  test('follows the calendar, and counts where that stands still or goes back', () => {
    const clock = new HybridClock()
    expect([1_000, 1_000.9, 1_001, 400, 1_001, 2_000].map((wall) => clock.tick(at(wall)))).toEqual([
      hybridTime(1_000, 0),
      hybridTime(1_000, 1),
      hybridTime(1_001, 0),
      hybridTime(1_001, 1),
      hybridTime(1_001, 2),
      hybridTime(2_000, 0),
    ])
  })

  test('goes on after what it observes', () => {
    const clock = new HybridClock()
    clock.tick(at(1_000))
    expect(clock.observe(hybridTime(1_500, 7), at(1_001))).toEqual(hybridTime(1_500, 8))
    expect(clock.observe(hybridTime(1_200, 9), at(1_002))).toEqual(hybridTime(1_500, 9))
    expect(clock.observe(hybridTime(1_500, 3), at(1_003))).toEqual(hybridTime(1_500, 10))
    expect(clock.observe(hybridTime(1_500, 40), at(1_004))).toEqual(hybridTime(1_500, 41))
    expect(clock.observe(hybridTime(1_600, 1), at(1_700))).toEqual(hybridTime(1_700, 0))
    expect(clock.latest).toEqual(hybridTime(1_700, 0))
  })

  test('is moved on where the counter is at its end', () => {
    const clock = new HybridClock({ latest: hybridTime(1_000, 65_535) })
    expect(clock.tick(at(1_000))).toEqual(hybridTime(1_001, 0))
    expect(clock.observe(hybridTime(1_001, 65_535), at(1_000))).toEqual(hybridTime(1_002, 0))
  })

  test('refuses a moment too far ahead, and stays as it was', () => {
    const clock = new HybridClock({ driftMsMax: 500 })
    const before = clock.tick(at(1_000))
    expect(() => clock.observe(hybridTime(1_501, 0), at(1_000))).toThrow(
      expect.objectContaining({
        code: 'clock-drift',
        message: "a peer's time is 501 ms ahead of ours",
        hint: 'set the clocks of both machines (NTP); up to 500 ms are tolerated',
      }),
    )
    expect(() => clock.observe(hybridTime(2 ** 48 - 1, 65_535), at(1_000))).toThrow(ProtocolError)
    expect(clock.latest).toBe(before)
    expect(clock.observe(hybridTime(1_500, 0), at(1_000))).toEqual(hybridTime(1_500, 1))
  })

  test('judges the drift against the calendar, not against where peers have brought it already', () => {
    const clock = new HybridClock({ driftMsMax: 500 })
    clock.observe(hybridTime(1_400, 0), at(1_000))
    expect(() => clock.observe(hybridTime(1_800, 0), at(1_000))).toThrow(ProtocolError)
  })

  test('tolerates 30 seconds by default, and never minds a moment of long ago', () => {
    const clock = new HybridClock()
    expect(clock.observe(hybridTime(130_000, 0), at(100_000))).toEqual(hybridTime(130_000, 1))
    expect(() => clock.observe(hybridTime(130_001, 0), at(100_000))).toThrow(ProtocolError)
    expect(clock.observe(hybridTime(0, 0), at(100_000))).toEqual(hybridTime(130_000, 2))
  })

  test('goes on after a restart, even if the calendar was set back meanwhile', () => {
    const clock = new HybridClock({ latest: hybridTime(9_000, 4) })
    expect(clock.tick(at(5_000))).toEqual(hybridTime(9_000, 5))
  })

  test('survives any calendar', () => {
    const clock = new HybridClock()
    expect(clock.tick(at(-5_000))).toEqual(hybridTime(0, 1))
    expect(clock.tick(at(2 ** 60))).toEqual(hybridTime(2 ** 48 - 1, 0))
    expect(() => clock.tick(at(Number.NaN))).toThrow('a calendar gives a number')
    const ended = new HybridClock({ latest: hybridTime(2 ** 48 - 1, 65_535) })
    expect(() => ended.tick(at(0))).toThrow('a hybrid clock is not at its end')
  })

  test('refuses a drift that is none', () => {
    for (const driftMsMax of [-1, 0.5, Number.NaN, 86_400_001]) {
      expect(() => new HybridClock({ driftMsMax })).toThrow(`hybrid clock: driftMsMax is ${driftMsMax}`)
    }
  })
})

describe('hybrid clocks of nodes whose calendars differ and jump', () => {
  test('put every effect after its cause, and stay within the drift of the calendars', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const prng = new Prng(seed)
        const driftMsMax = 200
        // No calendar is ever more than 100 ms from the true time, so no peer can be 200 ms ahead of another's.
        let trueMs = 1_000_000
        const calendar = (): WallMillis => at(trueMs + prng.between(-100, 100))
        const nodes = [0, 1, 2, 3].map(() => ({ clock: new HybridClock({ driftMsMax }), last: hybridTime(0, 0) }))
        const inFlight: HybridTime[] = []
        for (let step = 0; step < 200; step++) {
          trueMs += prng.below(3)
          const node = prng.pick(nodes)
          const message = prng.chance(1, 2) ? inFlight.splice(prng.below(inFlight.length + 1), 1)[0] : undefined
          const moment = message ? node.clock.observe(message, calendar()) : node.clock.tick(calendar())
          expect(compareHybrid(moment, node.last)).toBeGreaterThan(0)
          expect(message === undefined || compareHybrid(moment, message) > 0).toBe(true)
          expect(moment.wallMs).toBeLessThanOrEqual(trueMs + 100)
          node.last = moment
          if (message === undefined) inFlight.push(moment)
        }
      }),
    )
  })
})
