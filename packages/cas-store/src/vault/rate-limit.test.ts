import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How many pieces of `pieceBytes` pass within `seconds`. */
async function passed(bytesPerSecond: number, pieceBytes: number, seconds: number): Promise<number> {
  const clock = new ManualClock()
  const rate = new RateLimit(clock, bytesPerSecond)
  const stop = new AbortController()
  let pieces = 0
  const passing = (async () => {
    for (;;) {
      await rate.pass(pieceBytes, stop.signal)
      pieces++
      await turn() // Where nothing limits it, it must not keep the test from ending.
    }
  })().catch(() => {})
  for (let ms = 0; ms < seconds * 1_000; ms += 250) {
    await turn()
    await turn()
    clock.advance(250)
  }
  stop.abort()
  await passing
  return pieces
}

test.each([
  [100_000, 1_000, 10],
  [1_000_000, 64_000, 10],
  [5_000_000, 4_000_000, 10],
  [512, 1_024, 100],
])('%d bytes in a second, in pieces of %d', async (bytesPerSecond, pieceBytes, seconds) => {
  const bytes = (await passed(bytesPerSecond, pieceBytes, seconds)) * pieceBytes
  // A second's worth goes in front, and pieces are counted in whole KiB.
  expect(bytes).toBeLessThanOrEqual(bytesPerSecond * (seconds + 1) + pieceBytes)
})

test('a rate beyond all disks limits nothing', async () => {
  const clock = new ManualClock()
  for (const bytesPerSecond of [Infinity, 2 ** 40]) {
    const rate = new RateLimit(clock, bytesPerSecond)
    for (let index = 0; index < 100; index++) await rate.pass(2 ** 30, undefined)
  }
  expect(clock.timersWaiting).toBe(0)
})

test("a second is enough for a second's worth", async () => {
  const clock = new ManualClock()
  const rate = new RateLimit(clock, 10 * 1_024)
  await rate.pass(10 * 1_024, undefined)
  const next = rate.pass(10 * 1_024, undefined)
  for (let step = 0; step < 4; step++) {
    await turn()
    clock.advance(250)
  }
  await next
  await expect(rate.pass(1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
})
