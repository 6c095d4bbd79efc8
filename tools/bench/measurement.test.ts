import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, Start } from '@flotilla/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ContestSettings } from './contest.ts'
import { measureCurve, measureDuration, measureFigure } from './measurement.ts'

let settings: ContestSettings
let nowMs: number

beforeEach(async () => {
  nowMs = 0
  const stopwatch = { nowMs: () => nowMs, heldBytes: () => 0 }
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-bench-'))
  settings = { folder, rounds: 3, roundMs: 1, stopwatch, signal: new AbortController().signal }
})
afterEach(() => rm(settings.folder, { recursive: true, force: true }))

/** Does one thing in each of these times; the first is the warm-up. */
function taking(...costsMs: number[]): Start {
  return () => ({
    work() {
      nowMs += costsMs.shift() ?? 0
      return 1
    },
  })
}

const bench: Bench = { name: 'locks', summary: '', figures: [] }

test('each peer, and the floor, is compared with the same rounds of ours', async () => {
  const measured = await measureFigure(
    bench,
    {
      metric: 'grant',
      unit: 'locks',
      goal: 3,
      ours: taking(1, 10, 10, 10),
      peers: [
        { name: 'slow 1.0', settings: 'as it comes', start: taking(1, 40, 40, 50) },
        { name: 'gone 1.0', start: () => undefined },
      ],
      floor: { name: 'bare', start: taking(1, 5, 5, 5) },
    },
    settings,
  )
  expect(measured).toEqual({
    bench: 'locks',
    metric: 'grant',
    unit: 'locks/s',
    goal: 3,
    most: undefined,
    rounds: 3,
    ours: { median: 100, min: 100, max: 100 },
    peers: [
      { name: 'slow 1.0', settings: 'as it comes', against: { spread: { median: 25, min: 20, max: 25 }, ratio: 4 } },
      { name: 'gone 1.0', settings: undefined, against: undefined },
    ],
    floor: { name: 'bare', settings: undefined, against: { spread: { median: 200, min: 200, max: 200 }, ratio: 0.5 } },
  })
})

test('a curve is the time of doing it once, for each size', async () => {
  const start = (holders: number): ReturnType<Start> => ({
    ...(taking(1, holders, 2 * holders, 4 * holders)({ folder: '' }) as Awaited<ReturnType<Start>>),
    bytes: holders * 8,
  })
  const measured = await measureCurve(bench, { metric: 'grant', items: 'holders', start }, [10, 100], settings)
  expect(measured).toEqual({
    bench: 'locks',
    metric: 'grant',
    items: 'holders',
    rounds: 3,
    sizesAre: 'length',
    points: [
      { count: 10, nanoseconds: { median: 20e6, min: 10e6, max: 40e6 }, bytes: 80 },
      { count: 100, nanoseconds: { median: 200e6, min: 100e6, max: 400e6 }, bytes: 800 },
    ],
  })
})

test('a duration is what each tells, in turns; the ratio says how many times longer the peer takes', async () => {
  const order: string[] = []
  const telling = (name: string, ...times: number[]) => ({
    time: async (): Promise<number> => {
      order.push(name)
      return times.shift() ?? 0
    },
    stop: () => void order.push(`${name} stopped`),
  })
  const measured = await measureDuration(
    bench,
    {
      metric: 'known to all',
      millisecondsMax: 4,
      ours: () => telling('ours', 1, 2, 3),
      peers: [
        { name: 'slow 1.0', start: () => telling('slow', 6, 6, 7) },
        { name: 'gone 1.0', start: () => undefined },
      ],
    },
    settings,
  )
  expect(order).toEqual(['ours', 'slow', 'ours', 'slow', 'ours', 'slow', 'slow stopped', 'ours stopped'])
  expect(measured).toMatchObject({
    unit: 'ms',
    most: 4,
    ours: { median: 2, min: 1, max: 3 },
    peers: [{ against: { spread: { median: 6, min: 6, max: 7 }, ratio: 3 } }, { against: undefined }],
  })
})

test('what is no time has its own unit, and less of it is better', async () => {
  const told = (count: number) => ({ time: () => Promise.resolve(count) })
  const measured = await measureDuration(
    bench,
    {
      metric: 'resident',
      amount: { unit: 'MB', most: 60 },
      ours: () => told(50),
      peers: [{ name: 'small 1.0', start: () => told(5) }],
    },
    settings,
  )
  expect(measured).toMatchObject({ unit: 'MB', most: 60, ours: { median: 50 }, peers: [{ against: { ratio: 0.1 } }] })
})
