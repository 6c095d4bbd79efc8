import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { SessionRate, validateSessionRate } from './session-rate.ts'

const at = (ms: number): Millis => ms as Millis

/** Reads chunks as fast as the rate lets it for a virtual minute; returns what was read in a second on average. */
function readGreedily(rate: SessionRate, messages: number, bytes: number): { messages: number; bytes: number } {
  let now = 0
  let chunks = 0
  while (now < 60_000) {
    now += 0.01 + rate.spend(at(now), messages, bytes)
    chunks++
  }
  return { messages: (chunks * messages) / 60, bytes: (chunks * bytes) / 60 }
}

test('a peer that sends without end is slowed down to its rate', () => {
  const rate = new SessionRate({ sessionMessagesPerSecondMax: 1_000 })
  const read = readGreedily(rate, 50, 65_536)
  expect(read.messages).toBeGreaterThan(990)
  expect(read.messages).toBeLessThan(1_000 + 1_000 * (0.25 / 60) + 2 * 50)
})

test('bytes count beside messages, where they are limited', () => {
  const rate = new SessionRate({ sessionBytesPerSecondMax: 4 * 2 ** 20 })
  const read = readGreedily(rate, 1, 65_536)
  expect(read.bytes / 2 ** 20).toBeGreaterThan(3.9)
  expect(read.bytes / 2 ** 20).toBeLessThan(4.1)
  expect(new SessionRate().spend(at(0), 1, 2 ** 40)).toBe(0)
})

test('a peer within its rate is never paused, nor a burst after a rest', () => {
  const rate = new SessionRate({ sessionMessagesPerSecondMax: 1_000, sessionBurstMs: 250 })
  for (let now = 0; now < 10_000; now += 10) expect(rate.spend(at(now), 10, 100)).toBe(0)
  expect(rate.spend(at(20_000), 250, 100)).toBe(0)
  expect(rate.spend(at(20_000), 100, 100)).toBe(100)
})

test('a pause has an end, and what is still owed is paid after the next read', () => {
  const rate = new SessionRate({ sessionMessagesPerSecondMax: 1_000, sessionBurstMs: 1, sessionPauseMsMax: 200 })
  let now = 0
  let pauses = 0
  for (let pause = rate.spend(at(now), 2_001, 0); pause > 0; pause = rate.spend(at(now), 0, 0)) {
    expect(pause).toBeLessThanOrEqual(200)
    now += pause
    pauses++
  }
  expect({ now, pauses }).toEqual({ now: 2_000, pauses: 10 })
})

test('a wrong setting is refused with a sentence', () => {
  expect(() => validateSessionRate({ sessionBytesPerSecondMax: 1_000 })).toThrow(
    'session: sessionBytesPerSecondMax is 1000; it must be a whole number from 1048576 to 1099511627776',
  )
  expect(() => validateSessionRate({ sessionMessagesPerSecondMax: Infinity })).toThrow('sessionMessagesPerSecondMax')
})
