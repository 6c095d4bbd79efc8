/** A history that goes on over restarts, and what becomes of it where its file is damaged or its disk hangs. */
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { History } from './history.ts'
import { openKeptHistory, type HistoryStore } from './kept-history-driver.ts'
import { keptFigure, keptWhole, readKept } from './kept-form.ts'

const limits = { secondsMax: 20, minutesMax: 30, hoursMax: 10, figuresMax: 5 }
const resolutions = ['1s', '1min', '1h'] as const

function kept(history: History): Uint8Array {
  return keptWhole(
    history
      .figures()
      .flatMap((name) => history.past(name) ?? [])
      .map(keptFigure),
  )
}

function restored(bytes: Uint8Array): History {
  const history = new History(limits)
  for (const figure of readKept(bytes)) history.restore(figure)
  return history
}

function allPoints(history: History): unknown {
  return history
    .figures()
    .map((figure) => [figure, ...resolutions.map((resolution) => history.points({ figure, resolution }))])
}

/** The name of what is thrown; empty where nothing is. */
function refusalOf(bytes: Uint8Array): string {
  try {
    readKept(bytes)
    return ''
  } catch (error) {
    return error instanceof Error ? error.name : 'no error'
  }
}

class MemoryStore implements HistoryStore {
  kept: Uint8Array | undefined
  writes = 0
  /** What each call does instead. */
  trouble: (() => Promise<never>) | undefined

  async read(): Promise<Uint8Array | undefined> {
    return this.trouble === undefined ? this.kept : this.trouble()
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.trouble !== undefined) return this.trouble()
    this.kept = bytes
    this.writes++
  }
}

const never = (): Promise<never> => new Promise(() => {})

async function settle(clock: ManualClock, durationMs: number): Promise<void> {
  for (let round = 0; round < 20; round++) {
    clock.advance(round === 0 ? durationMs : 0)
    for (let turn = 0; turn < 8; turn++) await Promise.resolve()
  }
}

const step = fc.record({
  passMs: fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: -90_000, max: 90_000 }),
    fc.integer({ min: 0, max: 9_000_000 }),
  ),
  figures: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.float({ noNaN: true, noDefaultInfinity: true })),
})

describe('what is kept', () => {
  test('is what was there, and goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(step, { maxLength: 30 }), (before, later) => {
        const history = new History(limits)
        let wallMs = 1_700_000_000_000
        const record = (into: readonly History[], steps: typeof before): void => {
          for (const { passMs, figures } of steps) {
            wallMs += passMs
            for (const each of into) each.record(wallMs, new Map(Object.entries(figures)))
          }
        }
        record([history], before)
        const next = restored(kept(history))
        expect(allPoints(next)).toEqual(allPoints(history))
        record([history, next], later)
        expect(allPoints(next)).toEqual(allPoints(history))
      }),
      { numRuns: 200 },
    )
  })

  test('is refused as a whole where any bit of it is another, or it is cut short', () => {
    const history = new History(limits)
    for (let second = 0; second < 100; second++) history.record(second * 7_000, new Map([['load.1', second]]))
    const bytes = kept(history)
    expect(readKept(bytes).length).toBe(1)
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = Uint8Array.from(bytes)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => readKept(flipped)).toThrow('the kept history cannot be read')
      }),
    )
    for (let length = 0; length < bytes.length; length += 13) {
      expect(refusalOf(bytes.subarray(0, length))).toBe('ProtocolError')
    }
  })

  test('whatever is in it, it is read or refused, and does no harm', () => {
    const any = fc.uint8Array({ maxLength: 200 }).map((body) => keptWhole([body]))
    fc.assert(
      fc.property(any, (bytes) => {
        expect(refusalOf(bytes)).toMatch(/^(|ProtocolError)$/)
      }),
      { numRuns: 2_000 },
    )
    const odd = {
      open: 2 ** 53 - 1,
      count: 3,
      sum: 1,
      least: 2,
      most: 1,
      runs: [{ span: 0, points: new Float32Array(30) }],
    }
    const none = { ...odd, open: -1 }
    const history = restored(
      keptWhole([keptFigure({ name: 'a', lastMs: 1e300, rings: { '1s': odd, '1min': none, '1h': odd } })]),
    )
    for (let second = 0; second < 50; second++) history.record(second * 1_000, new Map([['a', 1]]))
    expect(history.points({ figure: 'a', resolution: '1s' }).length).toBe(20)
  })
})

describe('a history that is kept', () => {
  test('is written seldom and at the end, and goes on in the next life', async () => {
    const clock = new ManualClock()
    const store = new MemoryStore()
    const first = await openKeptHistory({ store, clock, limits: { writeEveryMs: 60_000 } })
    first.history.record(60_000, new Map([['load.1', 1]]))
    await settle(clock, 59_000)
    expect(store.writes).toBe(0)
    await settle(clock, 1_000)
    await settle(clock, 60_000)
    expect(store.writes).toBe(2)
    first.history.record(120_000, new Map([['load.1', 3]]))
    await first[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    expect(store.writes).toBe(3)
    await settle(clock, 600_000)
    expect(store.writes).toBe(3)
    await using second = await openKeptHistory({ store, clock })
    const points = second.history.points({ figure: 'load.1', resolution: '1min' })
    expect(points.map(({ mean }) => mean)).toEqual([1, 3])
  })

  test('begins anew where what was kept is damaged, too large, or cannot be read, and says so', async () => {
    const clock = new ManualClock()
    for (const spoil of [
      (store: MemoryStore): void => void (store.kept = new Uint8Array(100)),
      (store: MemoryStore): void => void (store.kept = new Uint8Array(5_000)),
      (store: MemoryStore): void => void (store.trouble = () => Promise.reject(new Error('EIO'))),
    ]) {
      const [store, logger] = [new MemoryStore(), new RecordingLogger()]
      spoil(store)
      await using opened = await openKeptHistory({ store, clock, logger, limits: { bytesMax: 4_096 } })
      expect(opened.history.figures()).toEqual([])
      expect(logger.entries.map(({ level }) => level)).toEqual(['warn'])
      store.trouble = undefined
    }
  })

  test('holds nobody up where its disk hangs or is full', async () => {
    const clock = new ManualClock()
    const [store, logger] = [new MemoryStore(), new RecordingLogger()]
    store.trouble = never
    const opening = openKeptHistory({ store, clock, logger, limits: { waitMs: 1_000, writeEveryMs: 60_000 } })
    await settle(clock, 1_000)
    const opened = await opening
    store.trouble = () => Promise.reject(new Error('ENOSPC'))
    for (let minute = 0; minute < 3; minute++) await settle(clock, 60_000)
    // Once, and not each time.
    expect(logger.entries.length).toBe(2)
    store.trouble = never
    const closing = opened[Symbol.asyncDispose]()
    await settle(clock, 1_000)
    await closing
    expect(logger.entries.length).toBe(3)
  })

  test('is cut at its limit', async () => {
    const clock = new ManualClock()
    const [store, logger] = [new MemoryStore(), new RecordingLogger()]
    const opened = await openKeptHistory({ store, clock, logger, limits: { bytesMax: 1_024 } })
    const names = Array.from({ length: 30 }, (_, index) => `figure.${index}`)
    opened.history.record(1_000, new Map(names.map((name) => [name, 1])))
    await opened[Symbol.asyncDispose]()
    expect(store.kept?.length).toBeLessThanOrEqual(1_024)
    expect(readKept(store.kept ?? new Uint8Array()).length).toBeGreaterThan(0)
    expect(logger.entries.length).toBe(1)
  })
})
