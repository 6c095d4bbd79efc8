import type { DiskFailure, DiskOperation } from '@flotilla/core/testing'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { VirtualTime } from '../world/virtual-time.ts'
import { DiskWeather } from './disk-weather.ts'

function weatherOf(latencyMs: readonly [number, number] = [1, 1]) {
  const time = new VirtualTime()
  const world = {
    nowMs: () => time.nowMs,
    finishAt: (atMs: number, finish: () => void) => void time.schedule(atMs, finish),
    note: () => {},
  }
  const weather = new DiskWeather(world, new Prng(1), latencyMs)
  const ended: { readonly type: string; readonly atMs: number; readonly failure: DiskFailure | undefined }[] = []
  const begin = (type: DiskOperation['type'], bytes = 0): void => {
    weather.begin({ type, path: 'file', position: 0, bytes }, (failure) => {
      ended.push({ type, atMs: time.nowMs, failure })
    })
  }
  const settle = (): void => {
    while (time.step(time.nowMs + 1_000));
  }
  return { weather, begin, settle, ended, time }
}

test('an operation takes its latency, and longer the more bytes it moves', () => {
  const { begin, settle, ended } = weatherOf()
  begin('read', 0)
  begin('write', 2_000_000)
  settle()
  expect(ended.map(({ atMs }) => atMs)).toEqual([1, 11])
})

test('a stalled disk finishes nothing until it stalls no longer, then everything in order', () => {
  const { weather, begin, settle, ended } = weatherOf()
  weather.stalled = true
  begin('write')
  begin('sync')
  settle()
  expect(ended).toEqual([])
  weather.stalled = false
  settle()
  expect(ended.map(({ type }) => type)).toEqual(['write', 'sync'])
})

test('what was stalled when the machine lost power never finishes', () => {
  const { weather, begin, settle, ended } = weatherOf()
  weather.stalled = true
  begin('write')
  settle()
  weather.forget()
  weather.stalled = false
  settle()
  expect(ended).toEqual([])
})

test('a full disk refuses what takes room, some of a write may be done, and the rest still works', () => {
  const { weather, begin, settle, ended } = weatherOf()
  weather.isFull = true
  begin('replace', 10)
  begin('write', 1_000)
  begin('sync')
  begin('remove')
  settle()
  const failureOf = (type: string): DiskFailure | undefined => ended.find((one) => one.type === type)?.failure
  expect(ended).toHaveLength(4)
  expect(failureOf('replace')).toEqual({ code: 'disk-full' })
  expect(failureOf('write')?.code).toBe('disk-full')
  expect(failureOf('write')?.bytesWritten).toBeLessThanOrEqual(1_000)
  expect([failureOf('sync'), failureOf('remove')]).toEqual([undefined, undefined])
})

test('one sync fails, the next does not', () => {
  const { weather, begin, settle, ended } = weatherOf()
  weather.failsNextSync = true
  begin('write')
  begin('sync')
  settle()
  begin('sync')
  settle()
  expect(ended.map(({ failure }) => failure?.code)).toEqual([undefined, 'io-failed', undefined])
})
