import type { Bench } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { curveLines, figureLines } from './json-lines.ts'
import { markdownReport } from './markdown-report.ts'
import type { MeasuredCurve, MeasuredFigure } from './measurement.ts'
import { formatNanoseconds, formatNumber, formatSize } from './numbers.ts'
import { curveText, figureText } from './text-report.ts'

const locks: MeasuredFigure = {
  bench: 'locks',
  metric: 'lock and unlock',
  unit: 'pairs/s',
  most: undefined,
  goal: 10,
  rounds: 5,
  ours: { median: 12_345.678, min: 9_000, max: 20_000 },
  peers: [
    {
      name: 'etcd 3.4.23',
      settings: 'three members',
      against: { spread: { median: 1_000, min: 900, max: 1_100 }, ratio: 12.345678 },
    },
    { name: 'consul 1.9', settings: undefined, against: undefined },
  ],
  floor: {
    name: 'fdatasync',
    settings: undefined,
    against: { spread: { median: 24_691.356, min: 1, max: 30_000 }, ratio: 0.5 },
  },
}

const alone: MeasuredFigure = { ...locks, metric: 'alone', goal: undefined, peers: [], floor: undefined }

const curve: MeasuredCurve = {
  bench: 'locks',
  metric: 'grant',
  items: 'holders',
  rounds: 5,
  sizesAre: 'memory',
  points: [
    { count: 10, nanoseconds: { median: 250, min: 200, max: 300 }, bytes: 12 },
    { count: 10_000, nanoseconds: { median: 1_500, min: 1_000, max: 2_000 }, bytes: 3 * 2 ** 20 },
  ],
}

test('a figure as text: a row for each side, the absent one without figures', () => {
  expect(figureText(locks).split('\n')).toEqual([
    'locks: lock and unlock, pairs/s',
    '                    median    min     max  ratio',
    '  ours              12,350  9,000  20,000',
    '  etcd 3.4.23        1,000    900   1,100   12.3',
    '  consul 1.9        absent',
    '  floor: fdatasync  24,690      1  30,000   0.50',
    '  goal 10: reached',
  ])
})

test('a goal is missed when one of the peers is not beaten by so much', () => {
  const spread = { median: 2_000, min: 1_000, max: 3_000 }
  const better = { name: 'better 1.0', settings: undefined, against: { spread, ratio: 6 } }
  expect(figureText({ ...locks, peers: [...locks.peers, better] })).toContain('goal 10: missed')
  expect(figureText({ ...locks, peers: locks.peers.slice(1) })).not.toContain('goal')
})

test('a figure without peers says so', () => {
  expect(figureText(alone)).toMatch(/no peer$/)
})

test('a figure as JSON: a line for each peer', () => {
  const [beside, absent, ...more] = figureLines(locks, 'abc').map((line) => JSON.parse(line) as unknown)
  const ours = { ours: 12_346, oursMin: 9_000, oursMax: 20_000, floor: 24_691, floorIs: 'fdatasync' }
  const figure = {
    bench: 'locks',
    metric: 'lock and unlock',
    unit: 'pairs/s',
    ...ours,
    goal: 10,
    rounds: 5,
    commit: 'abc',
  }
  const theirs = { theirs: 1_000, theirsMin: 900, theirsMax: 1_100 }
  expect(beside).toEqual({ ...figure, peer: 'etcd 3.4.23', settings: 'three members', ...theirs, ratio: 12.346 })
  expect(absent).toEqual({ ...figure, peer: 'consul 1.9', theirs: null, ratio: null })
  expect(more).toEqual([])
})

test('a figure without peers is one line without a ratio', () => {
  const lines = figureLines(alone, 'abc').map((line) => JSON.parse(line) as unknown)
  expect(lines).toMatchObject([{ metric: 'alone', peer: null, theirs: null, ratio: null }])
})

test('a curve as text and as JSON', () => {
  expect(curveText(curve).split('\n')).toEqual([
    'locks: grant',
    '  holders        10  10,000',
    '  time       250 ns  1.5 µs',
    '  memory   < 16 KiB   3 MiB',
  ])
  expect(curveLines(curve, 'abc').map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { bench: 'locks', curve: 'grant', items: 'holders', count: 10, nanoseconds: 250, memoryBytes: 12, commit: 'abc' },
    { count: 10_000, nanosecondsMin: 1_000, nanosecondsMax: 2_000, memoryBytes: 3_145_728, rounds: 5 },
  ])
})

test('the page has every side, the settings of the peers, the losses, and where it was measured', () => {
  const bench: Bench = { name: 'locks', summary: 'Against etcd.', figures: [] }
  const circumstances = { commit: 'abc', date: '2026-11-21', machine: '2 cores', cores: 2, load: 7.5 }
  const page = markdownReport({ circumstances, rounds: 5, benches: [bench], figures: [locks, alone], curves: [curve] })
  expect(page.split('\n')).toEqual(
    expect.arrayContaining([
      '- commit: abc',
      '- date: 2026-11-21',
      '- machine: 2 cores',
      '- load average when it began: 7.5; other work ran at the same time, so it can do more than this',
      '## locks',
      'Against etcd.',
      '| what                     | who              | median |   min |    max | ratio |',
      '| ------------------------ | ---------------- | -----: | ----: | -----: | ----: |',
      '| lock and unlock, pairs/s | ours             | 12,350 | 9,000 | 20,000 |       |',
      '|                          | etcd 3.4.23      |  1,000 |   900 |  1,100 |  12.3 |',
      '|                          | consul 1.9       | absent |       |        |       |',
      '|                          | floor: fdatasync | 24,690 |     1 | 30,000 |  0.50 |',
      '| alone, pairs/s           | ours (no peer)   | 12,350 | 9,000 | 20,000 |       |',
      '- etcd 3.4.23: three members',
      '- lock and unlock: goal 10: reached',
      '| locks: grant | holders     |   250 ns | 1.5 µs |    × 6 |',
      '|              | memory      | < 16 KiB |  3 MiB |        |',
    ]),
  )
})

test('numbers have the digits that mean something', () => {
  expect([0.012345, 1.5, 123.4, 1_234_567].map(formatNumber)).toEqual(['0.0123', '1.5', '123', '1,235,000'])
  expect([0.5, 999, 12_345, 2.5e9].map(formatNanoseconds)).toEqual(['0.5 ns', '999 ns', '12.3 µs', '2.5 s'])
  expect([3, 1_536].map((bytes) => formatSize(bytes, 'length'))).toEqual(['3 B', '1.5 KiB'])
})

test('what a median may be at most is judged without a peer too', () => {
  const latency = { ...locks, unit: 'ms', goal: undefined, most: 5, peers: [], floor: undefined }
  expect(figureText({ ...latency, ours: { median: 5, min: 1, max: 9 } })).toContain('at most 5 ms: reached')
  expect(figureText({ ...latency, ours: { median: 5.1, min: 1, max: 9 } })).toContain('at most 5 ms: missed')
  expect(figureLines({ ...latency, ours: { median: 5, min: 1, max: 9 } }, 'c')[0]).toContain('"most":5')
})
