import { expect, test } from 'vitest'
import { History } from './history.ts'

test('one figure at three resolutions', () => {
  const history = new History()
  for (let second = 0; second <= 7_200; second++) history.record(second * 1_000, new Map([['load.1', second % 60]]))
  expect(history.figures()).toEqual(['load.1'])
  const seconds = history.points({ figure: 'load.1', resolution: '1s' })
  expect([seconds.length, seconds.at(-1)]).toEqual([600, { atMs: 7_200_000, mean: 0, least: 0, most: 0 }])
  const minutes = history.points({ figure: 'load.1', resolution: '1min', sinceMs: 7_100_000 })
  expect(minutes[0]).toEqual({ atMs: 7_140_000, mean: 29.5, least: 0, most: 59 })
  expect(history.points({ figure: 'load.1', resolution: '1h' }).map(({ atMs }) => atMs)).toEqual([
    0, 3_600_000, 7_200_000,
  ])
})

test('a figure that comes and goes has a gap', () => {
  const history = new History()
  history.record(1_000, new Map([['temperature.nvme.celsius', 40]]))
  history.record(2_000, new Map())
  history.record(3_000, new Map([['temperature.nvme.celsius', 41]]))
  const points = history.points({ figure: 'temperature.nvme.celsius', resolution: '1s' })
  expect(points.map(({ atMs, mean }) => [atMs, mean])).toEqual([
    [1_000, 40],
    [3_000, 41],
  ])
})

test('a calendar that makes no sense does no harm', () => {
  const history = new History()
  for (const wallMs of [1_000, Number.NaN, -5, Infinity, 2_000]) history.record(wallMs, new Map([['load.1', 1]]))
  expect(history.points({ figure: 'load.1', resolution: '1s' }).map(({ atMs }) => atMs)).toEqual([1_000, 2_000])
})

test('when there are too many figures, one that is gone gives way, and none that is there', () => {
  const history = new History({ figuresMax: 2 })
  history.record(
    0,
    new Map([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]),
  )
  expect([history.figures(), history.leftOut]).toEqual([['a', 'b'], 1])
  history.record(
    59_000,
    new Map([
      ['a', 1],
      ['c', 1],
    ]),
  )
  expect([history.figures(), history.leftOut]).toEqual([['a', 'b'], 1])
  history.record(
    61_000,
    new Map([
      ['a', 1],
      ['c', 1],
    ]),
  )
  expect([history.figures(), history.leftOut]).toEqual([['a', 'c'], 0])
})

test('what there is not is empty, and a wrong resolution is refused', () => {
  const history = new History()
  expect(history.points({ figure: 'no.such', resolution: '1s' })).toEqual([])
  expect(() => history.points({ figure: 'a', resolution: '5s' as '1s' })).toThrow('there is no history at "5s"')
})
