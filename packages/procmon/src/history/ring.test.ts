import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HistoryPoint } from '../contract.ts'
import { Ring } from './ring.ts'

const resolutionMs = 1_000

/** All that was ever recorded, by span: what a ring is with no limit of memory. */
class NaiveRing {
  readonly #pointsMax: number
  #spans = new Map<number, number[]>()
  #open = -1

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax
  }

  record(wallMs: number, value: number): void {
    let span = Math.floor(wallMs / resolutionMs)
    if (span === this.#open - 1) span = this.#open
    if (span < this.#open) this.#spans = new Map([...this.#spans].filter(([past]) => past < span))
    // What has once been beyond the horizon is gone, although the calendar goes back.
    this.#spans = new Map([...this.#spans].filter(([past]) => past > span - this.#pointsMax))
    this.#open = span
    this.#spans.set(span, [...(this.#spans.get(span) ?? []), value])
  }

  points(sinceMs: number): HistoryPoint[] {
    const sorted = [...this.#spans].toSorted(([one], [other]) => one - other)
    return sorted
      .filter(([span]) => span * resolutionMs >= sinceMs)
      .map(([span, values]) => {
        const round = span === this.#open ? (value: number) => value : Math.fround
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        return {
          atMs: span * resolutionMs,
          mean: round(mean),
          least: round(Math.min(...values)),
          most: round(Math.max(...values)),
        }
      })
  }
}

const steps = fc.array(
  fc.record({
    stepMs: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 2_500 }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
      { weight: 2, arbitrary: fc.integer({ min: -1_500, max: 0 }) },
      { weight: 1, arbitrary: fc.integer({ min: -400_000, max: 0 }) },
    ),
    // Sums of whole numbers are exact, so that both means are the same number.
    value: fc.integer({ min: 0, max: 1_000_000 }),
  }),
  { maxLength: 400 },
)

test('a ring shows what a list without limits would, within its horizon', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), steps, fc.integer({ min: 0, max: 900_000 }), (most, all, since) => {
      const [ring, naive] = [new Ring(resolutionMs, most), new NaiveRing(most)]
      let wallMs = 500_000
      for (const { stepMs, value } of all) {
        wallMs = Math.max(0, wallMs + stepMs)
        ring.record(wallMs, value)
        naive.record(wallMs, value)
      }
      expect(ring.points(0)).toEqual(naive.points(0))
      expect(ring.points(since)).toEqual(naive.points(since))
    }),
    { numRuns: 300 },
  )
})

test('spans without a record are gaps, and no zeros', () => {
  const ring = new Ring(resolutionMs, 10)
  for (const second of [1, 2, 5]) ring.record(second * 1_000, second)
  expect(ring.points(0).map(({ atMs }) => atMs)).toEqual([1_000, 2_000, 5_000])
})

test('the mean lies between the least and the most', () => {
  const ring = new Ring(resolutionMs, 10)
  for (let count = 0; count < 3; count++) ring.record(1_000, 0.1)
  const [point] = ring.points(0)
  expect(point?.mean).toBe(0.1)
})

test('memory is taken as the past grows, and no more than promised', () => {
  const ring = new Ring(resolutionMs, 600)
  expect(ring.bytes).toBe(0)
  for (let second = 0; second <= 100; second++) ring.record(second * 1_000, second)
  expect(ring.bytes).toBe(128 * 12)
  for (let second = 100; second < 3_000; second++) ring.record(second * 1_000, second)
  expect(ring.bytes).toBe(600 * 12)
})
