import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { ScriptedMachine } from '../testing/index.ts'
import { nextMoment, Sampler, type Collection } from './sampler.ts'

const settings = { intervalMs: 5_000, watchedIntervalMs: 1_000, collectionTimeoutMs: 10_000 }

function world({ phase = 0 }: { readonly phase?: number } = {}) {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const logger = new RecordingLogger()
  const collections: { readonly atMs: number; readonly collection: Collection }[] = []
  const sampler = new Sampler({
    source: machine,
    clock,
    logger,
    settings,
    phase,
    onCollection: (collection) => collections.push({ atMs: clock.now(), collection }),
  })
  const pass = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 100) {
      clock.advance(100)
      await new Promise(setImmediate)
    }
  }
  return { clock, machine, logger, sampler, pass, moments: () => collections.map(({ atMs }) => atMs), collections }
}

test('it looks seldom while nobody watches, and every second while somebody does', async () => {
  const { sampler, pass, moments } = world()
  await pass(11_000)
  expect(moments()).toEqual([100, 5_000, 10_000])
  sampler.setWatched(true)
  await pass(3_000)
  expect(moments().slice(3)).toEqual([12_000, 13_000, 14_000])
  sampler.setWatched(false)
  await pass(10_000)
  expect(moments().slice(6)).toEqual([15_000, 20_000])
  await sampler.close()
})

test('machines look at different moments', async () => {
  const { sampler, pass, moments } = world({ phase: 0.5 })
  await pass(8_000)
  expect(moments()).toEqual([100, 2_500, 7_500])
  await sampler.close()
  expect(nextMoment(7_500 as Millis, 5_000, 0.5)).toBe(12_500)
  expect(nextMoment(12_499 as Millis, 5_000, 0.5)).toBe(12_500)
})

test('a slow source is waited for: never two collections at once, and none is made up for', async () => {
  const { machine, sampler, pass, moments } = world()
  sampler.setWatched(true)
  await pass(1_000)
  machine.hang()
  await pass(4_500)
  machine.release()
  await pass(10_000)
  expect(machine.underWay.most).toBe(1)
  expect(moments().slice(0, 3)).toEqual([100, 1_000, 5_600])
  // It took 3.6 s, and is left alone for as long.
  expect(moments().slice(3, 6)).toEqual([10_000, 11_000, 12_000])
  await sampler.close()
})

test('who begins to watch while a reading is under way waits for it', async () => {
  const { machine, sampler, pass, moments } = world()
  machine.hang()
  await pass(1_000)
  sampler.setWatched(true)
  await pass(3_000)
  machine.release()
  await pass(5_000)
  expect(machine.underWay.most).toBe(1)
  expect(moments()).toEqual([4_100, 9_000])
  await sampler.close()
})

test('a source that never answers is told to stop, and reported once', async () => {
  const { machine, sampler, pass, collections, logger } = world()
  await pass(100)
  // This one does not listen when it is told to stop.
  machine.system = () => new Promise(() => {})
  await pass(60_000)
  expect(collections.slice(1).map(({ atMs }) => atMs)).toEqual([15_000])
  expect(collections[1]?.collection).toMatchObject({ type: 'failed', code: 'deadline-exceeded' })
  expect(logger.entries).toHaveLength(1)
  void sampler.close()
})

test('one that stops when it is told is asked again, and reported once for each', async () => {
  const { machine, sampler, pass, collections } = world()
  await pass(100)
  machine.hang()
  await pass(50_000)
  expect(collections.slice(1).map(({ atMs }) => atMs)).toEqual([15_000, 40_000])
  machine.release()
  await pass(40_000)
  expect(collections.at(-1)?.collection.type).toBe('read')
  await sampler.close()
})

test('errors never stop it, and the same one is logged once', async () => {
  const { machine, sampler, pass, collections, logger } = world()
  machine.failure = new Error('the kernel is upset')
  await pass(20_000)
  expect(collections).toHaveLength(5)
  expect(collections[4]?.collection).toMatchObject({ type: 'failed', code: 'failed', message: 'the kernel is upset' })
  expect(logger.entries).toHaveLength(1)
  machine.failure = undefined
  await pass(5_000)
  expect(collections[5]?.collection.type).toBe('read')
  await sampler.close()
})

test('closing stops what is under way, and leaves no timer', async () => {
  const { clock, machine, sampler, pass, collections } = world()
  await pass(100)
  machine.hang()
  await pass(5_000)
  await sampler.close()
  expect(clock.timersWaiting).toBe(0)
  await pass(20_000)
  expect(collections).toHaveLength(1)
})
