import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Peer } from '@flotilla/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contest, type ContestSettings } from './contest.ts'

let top: string
let nowMs: number
let heldBytes: number
let log: string[]

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'flotilla-bench-'))
  nowMs = 0
  heldBytes = 1_000
  log = []
})
afterEach(() => rm(top, { recursive: true }))

function settings(own: Partial<ContestSettings> = {}): ContestSettings {
  const stopwatch = { nowMs: () => nowMs, heldBytes: () => heldBytes }
  const { signal } = new AbortController()
  return { folder: join(top, 'contest'), rounds: 3, roundMs: 100, stopwatch, signal, ...own }
}

/** One whose work takes so long, on the clock of the test. */
function taking(name: string, costMs: () => number): Peer['start'] {
  return () => ({
    work(count) {
      log.push(`${name} ${count}`)
      nowMs += count * costMs()
      return count
    },
    stop: () => void log.push(`${name} stops`),
  })
}

test('all are warmed up, take turns, and are stopped, the last one first', async () => {
  await contest([taking('a', () => 50), taking('b', () => 200)], settings())
  const turns = ['a 3', 'b 1', 'a 3', 'b 1', 'a 3', 'b 1']
  expect(log).toEqual(['a 1', 'a 3', 'b 1', ...turns, 'b stops', 'a stops'])
})

test('the first slow runs do not make the rounds too short', async () => {
  let run = 0
  await contest([taking('a', () => (run++ < 2 ? 10 : 1))], settings({ rounds: 1 }))
  const counts = log.filter((line) => !line.endsWith('stops')).map((line) => Number(line.split(' ')[1]))
  expect(counts.at(-1)).toBeGreaterThanOrEqual(100)
  expect(counts.at(-1)).toBe(counts.at(-2))
})

test('the rate is the units that it told by the time that the round took; warming up does not count', async () => {
  const costs = [200, 100, 400, 200]
  const [outcome] = await contest(
    [
      () => ({
        work() {
          nowMs += costs.shift() ?? 0
          return 10
        },
      }),
    ],
    settings(),
  )
  expect(outcome?.rate).toEqual({ median: 50, min: 25, max: 100 })
})

test('who is not installed has no outcome, and the others go on', async () => {
  const [absent, present] = await contest([() => undefined, taking('b', () => 100)], settings())
  expect(absent).toBeUndefined()
  expect(present?.rate.median).toBe(10)
})

test('what starting took is memory, unless the contestant tells a length', async () => {
  const building = (): ReturnType<Peer['start']> => {
    heldBytes += 500
    return taking('a', () => 100)({ folder: '' })
  }
  const telling: Peer['start'] = async (place) => ({ work: () => 1, ...(await building()), ...place, bytes: 7 })
  const outcomes = await contest([building, telling], settings())
  expect(outcomes).toMatchObject([
    { bytes: 500, sizesAre: 'memory' },
    { bytes: 7, sizesAre: 'length' },
  ])
})

test('each has an empty folder of its own, which is gone in the end', async () => {
  const folders: string[] = []
  const start: Peer['start'] = (place) => {
    expect(readdirSync(place.folder)).toEqual([])
    folders.push(place.folder)
    return taking('a', () => 100)(place)
  }
  await contest([start, start], settings())
  expect(new Set(folders).size).toBe(2)
  expect(existsSync(join(top, 'contest'))).toBe(false)
})

test('a failure stops everybody who has started, and leaves no folder', async () => {
  const failing: Peer['start'] = () => Promise.reject(new Error('no such port'))
  await expect(contest([taking('a', () => 100), failing], settings())).rejects.toThrow('no such port')
  expect(log.at(-1)).toBe('a stops')
  expect(existsSync(join(top, 'contest'))).toBe(false)
})

test('an interruption ends it before the next round, and stops everybody', async () => {
  const interrupted = new AbortController()
  const start = taking('a', () => {
    if (log.length === 2) interrupted.abort(new Error('enough'))
    return 100
  })
  await expect(contest([start], settings({ signal: interrupted.signal }))).rejects.toThrow('enough')
  expect(log).toEqual(['a 1', 'a 1', 'a stops'])
})

test('work that takes no time is a mistake, not infinitely fast', async () => {
  await expect(contest([taking('a', () => 0)], settings())).rejects.toThrow('let it do something')
})
