import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CpuTimes, SystemReading } from '../readings.ts'
import { cpuShares, ratePerSecond, spanOf } from './rates.ts'

const idle: CpuTimes = { userMs: 0, niceMs: 0, systemMs: 0, idleMs: 0, ioWaitMs: 0, interruptMs: 0, stealMs: 0 }
const anyCounter = fc.oneof(fc.double(), fc.nat(), fc.constantFrom(undefined, 2 ** 32 - 1, 2 ** 53, Number.NaN, -1))
const anyTimes = fc.record({
  userMs: fc.double(),
  niceMs: fc.double(),
  systemMs: fc.double(),
  idleMs: fc.double(),
  ioWaitMs: fc.double(),
  interruptMs: fc.double(),
  stealMs: fc.double(),
})

test('a rate is never negative, absurd, or no number, whatever the counters say', () => {
  fc.assert(
    fc.property(anyCounter, anyCounter, fc.double(), (before, now, spanMs) => {
      const rate = ratePerSecond(before, now, spanMs)
      expect(rate === undefined || (rate >= 0 && rate <= 1e12)).toBe(true)
    }),
  )
})

test('a counter that wrapped has no rate', () => {
  expect(ratePerSecond(2 ** 32 - 100, 50, 1_000)).toBeUndefined()
  expect(ratePerSecond(100, 350, 500)).toBe(500)
})

test('shares of a processor lie between 0 and 1, whatever its counters say', () => {
  fc.assert(
    fc.property(anyTimes, anyTimes, fc.nat(), (before, now, availableMs) => {
      const shares = Object.values(cpuShares(before, now, availableMs) ?? {}) as number[]
      expect(shares.filter((share) => !(share >= 0 && share <= 1))).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})

test('what was done, idled and waited is all the time there was', () => {
  const times = fc.record({
    userMs: fc.nat(1_000),
    niceMs: fc.nat(1_000),
    systemMs: fc.nat(1_000),
    idleMs: fc.nat(1_000),
    ioWaitMs: fc.nat(1_000),
    interruptMs: fc.nat(1_000),
    stealMs: fc.nat(1_000),
  })
  fc.assert(
    fc.property(times, times, (start, passed) => {
      const end = Object.fromEntries(
        Object.entries(passed).map(([name, ms]) => [name, ms + start[name as keyof CpuTimes]]),
      ) as unknown as CpuTimes
      const shares = cpuShares(start, end, 0)
      const totalMs = Object.values(passed).reduce((sum, ms) => sum + ms, 0)
      fc.pre(totalMs > 0)
      expect(shares?.usage).toBeCloseTo((totalMs - passed.idleMs - passed.ioWaitMs) / totalMs)
      expect((shares?.user ?? 0) + (shares?.system ?? 0) + (shares?.steal ?? 0)).toBeCloseTo(shares?.usage ?? -1)
    }),
  )
})

test('idle time that goes back does not make a core look busy', () => {
  const before = { ...idle, userMs: 1_000, idleMs: 50_000 }
  const wavered = cpuShares(before, { ...before, userMs: 1_050, idleMs: 49_990 }, 1_000)
  expect(wavered?.usage).toBeCloseTo(0.05)
  // A core that was off has its idle time reckoned anew.
  const off = cpuShares(before, { ...before, userMs: 1_100, idleMs: 20 }, 1_000)
  expect(off?.usage).toBeCloseTo(0.1)
})

test('times that were set to zero say nothing', () => {
  expect(cpuShares({ ...idle, userMs: 10 }, { ...idle, userMs: 5, idleMs: 100 }, 1_000)).toBeUndefined()
})

test('no rates are made across a boot, a suspended machine, a moment, or a long time', () => {
  const reading: SystemReading = { atMs: 10_000, wallMs: 1_000_000, bootId: 'a', problems: [] }
  const later = (ms: number): SystemReading => ({ ...reading, atMs: 10_000 + ms, wallMs: 1_000_000 + ms })
  expect(spanOf(reading, later(1_000))).toBe(1_000)
  expect(spanOf(reading, { ...later(1_000), bootId: 'b' })).toBeUndefined()
  expect(spanOf(reading, { ...later(1_000), wallMs: 9_000_000 })).toBeUndefined()
  expect(spanOf(reading, later(10))).toBeUndefined()
  expect(spanOf(reading, later(400_000))).toBeUndefined()
})
