import { expect, test } from 'vitest'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import { processFigures } from './process-figures.ts'

const process = (fields: Partial<ProcessReading>): ProcessReading => ({
  bootId: 'boot',
  pid: 7,
  startTicks: 100,
  parent: 1,
  name: 'node',
  command: 'node server.js',
  user: 'ann',
  state: 'running',
  processorMs: 0,
  residentBytes: 200,
  threads: 1,
  nice: 0,
  startedAtMs: 0,
  ...fields,
})
const at = (seconds: number, ...processes: readonly ProcessReading[]): ProcessesReading => {
  return { atMs: seconds * 1_000, processes, total: processes.length, problems: [] }
}
const figures = (before: ProcessesReading | undefined, now: ProcessesReading, cores = 8) =>
  processFigures({ before, now, wallMs: now.atMs, memoryTotalBytes: 1_000, cores })

test('what a process took between two looks, and its share of the memory', () => {
  const before = at(10, process({ processorMs: 5_000, readBytes: 100, writtenBytes: 100 }))
  const now = at(12, process({ processorMs: 8_000, readBytes: 300, writtenBytes: 100 }))
  expect(figures(before, now)).toMatchObject([
    { processor: 1.5, memory: 0.2, readBytesPerSecond: 100, writtenBytesPerSecond: 0 },
  ])
  expect(figures(before, now)[0]).not.toHaveProperty('processorMs')
})

test('a process with a number that was used before is a new one', () => {
  const before = at(10, process({ processorMs: 100, readBytes: 5_000 }))
  const reused = process({ startTicks: 1_100, startedAtMs: 11_000, processorMs: 500, readBytes: 9_000 })
  const [found] = figures(before, at(12, reused))
  expect(found?.processor).toBe(0.5)
  expect(found).not.toHaveProperty('readBytesPerSecond')
  const [booted] = figures(before, at(12, process({ bootId: 'other', processorMs: 6_000 })))
  expect(booted?.processor).toBe(0.5)
})

test('where the system does not say when a process was started, time that went back tells', () => {
  const before = at(10, process({ startTicks: 0, processorMs: 9_000 }))
  expect(figures(before, at(20, process({ startTicks: 0, processorMs: 2_000 })))[0]?.processor).toBe(0.1)
  // Not known does not mean another: this one goes on.
  expect(figures(before, at(20, process({ startTicks: 0, processorMs: 10_000 })))[0]?.processor).toBe(0.1)
})

test('seen for the first time it has its mean over its life', () => {
  expect(figures(undefined, at(10, process({ processorMs: 4_000, startedAtMs: 2_000 })))[0]?.processor).toBe(0.5)
})

test('none takes more than the machine has, nor less than nothing', () => {
  const young = process({ processorMs: 900, startedAtMs: 12_500 })
  expect(figures(undefined, at(12, young), 4)[0]?.processor).toBe(4)
  const odd = process({ processorMs: Number.NaN, startedAtMs: 12_500 })
  expect(figures(undefined, at(12, odd), 4)[0]?.processor).toBe(0)
})

test('two looks in the same moment make no rates', () => {
  const before = at(10, process({ processorMs: 1_000 }))
  const now = { ...at(10, process({ processorMs: 1_010 })), atMs: 10_001 }
  expect(figures(before, now)[0]?.processor).toBeCloseTo(0.1)
})
