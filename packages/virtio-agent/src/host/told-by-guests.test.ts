/** What guests say of themselves, who may be hostile. */
import { selectProcesses, type ProcessFigures } from '@flotilla/procmon'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../contract.ts'
import { processListArguments, readGuestProcesses } from './guest-processes.ts'
import { qgaAgent, qgaFigures, qgaSystemName, type QgaRound } from './qga-figures.ts'
import { FigureRing, vmFigures } from './vm-figures.ts'

const process: ProcessFigures = {
  bootId: 'b',
  pid: 7,
  startTicks: 1,
  parent: 1,
  name: 'nginx',
  command: 'nginx -g',
  user: 'www',
  state: 'sleeping',
  processor: 0.5,
  residentBytes: 1_000,
  memory: 0.1,
  threads: 2,
  nice: 0,
  startedAtMs: 5,
}

describe('processes', () => {
  test('come as they are', () => {
    const said = { processes: [process], matching: 9, total: 30 } as unknown as JsonValue
    expect(readGuestProcesses(said, {})).toEqual({ processes: [process], matching: 9, total: 30 })
  })

  test('whatever comes, what is left is a process that others can be shown', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e300, 2 ** 40, 'running', 0.5))
    const names = Object.keys(process)
    const item = fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(field, fc.constant(known(name)))])))
    const answer = fc.oneof(fc.jsonValue(), fc.record({ processes: fc.array(item), matching: field, total: field }))
    fc.assert(
      fc.property(answer, (value) => {
        const read = readGuestProcesses(value as JsonValue, { sort: 'memory' })
        for (const each of read?.processes ?? []) {
          for (const amount of [each.pid, each.residentBytes, each.startTicks, each.threads, each.parent]) {
            expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
          }
          expect(new Date(each.startedAtMs).toISOString()).toBeTruthy()
          expect(each.processor >= 0 && each.memory >= 0 && each.memory <= 1).toBe(true)
        }
      }),
    )
  })

  test('what a guest cannot be asked for is seen to here', () => {
    const query = { pids: [7, 8], processorMin: 0.4, limit: 5 } as const
    expect(processListArguments(query)).toMatchObject({ limit: 1_000 })
    expect(processListArguments(query)).not.toHaveProperty('pid')
    expect(processListArguments({ pids: [7], limit: 5 })).toMatchObject({ pid: 7, limit: 5 })
    const all = [process, { ...process, pid: 8, processor: 0.1 }, { ...process, pid: 9 }]
    const read = readGuestProcesses({ processes: all, matching: 3, total: 3 } as unknown as JsonValue, query)
    expect(read).toMatchObject({ matching: 1, processes: selectProcesses([process], {}).processes })
  })
})

function known(name: string): unknown {
  return (process as unknown as Readonly<Record<string, unknown>>)[name]
}

describe('figures', () => {
  test('are within reason, whatever they are', () => {
    const number = fc.double()
    const memory = fc.record({ totalBytes: number, usedBytes: number, availableBytes: number, swapTotalBytes: number })
    const system = fc.record({
      uptimeMs: number,
      memory,
      processor: fc.record({ usage: number, cores: fc.constant([]) }),
    })
    fc.assert(
      fc.property(system, (said) => {
        const figures = vmFigures({ wallMs: 1, bootId: '', problems: [], ...(said as object) })
        for (const value of Object.values(figures)) expect(Number.isFinite(value) && value >= 0).toBe(true)
        expect(figures.processor ?? 0).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('the ring keeps the newest, as a list would', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (values, pointsMax) => {
        const ring = new FigureRing(pointsMax)
        for (const [at, value] of values.entries()) ring.add(at, value % 3 === 0 ? {} : { load1: value })
        const all = values.map((value, at) => ({ atMs: at, figures: value % 3 === 0 ? {} : { load1: value } }))
        expect(ring.points()).toEqual(all.slice(-pointsMax))
      }),
    )
  })
})

describe('the QEMU dialect', () => {
  const round = (wallMs: number, busy: number, bytes: number): QgaRound => ({
    wallMs,
    load: { load1m: 1, load5m: 2, load15m: 3 },
    processors: [{ cpu: 0, user: busy, idle: 1_000 - busy + wallMs }],
    disks: [{ name: 'vda', stats: { 'read-sectors': bytes, 'write-sectors': 0 } }],
    interfaces: [{ name: 'lo' }, { name: 'eth0', statistics: { 'rx-bytes': bytes, 'tx-bytes': 5 } }],
    fileSystems: [{ name: 'vda1', mountpoint: '/', type: 'ext4', 'total-bytes': 100, 'used-bytes': 25 }],
  })

  test('rates are of two rounds', () => {
    const [first, second] = [round(0, 0, 0), round(2_000, 1_000, 4_096)]
    expect(qgaFigures(undefined, first).processor).toEqual({ cores: [{ core: 0 }], load: [1, 2, 3] })
    const figures = qgaFigures(first, second)
    expect(figures.processor?.usage).toBeCloseTo(0.5)
    expect(figures.disks).toEqual([{ name: 'vda', readBytesPerSecond: 2_048 * 512, writtenBytesPerSecond: 0 }])
    expect(figures.networks).toEqual([
      { name: 'eth0', isUp: true, receivedBytesPerSecond: 2_048, sentBytesPerSecond: 0 },
    ])
    expect(vmFigures(figures)).toMatchObject({ fullestFileSystem: 0.25, load1: 1, cores: 1 })
    // It was started again: what went back is no rate.
    expect(qgaFigures(second, { ...first, wallMs: 3_000 }).disks).toEqual([{ name: 'vda', writtenBytesPerSecond: 0 }])
  })

  test('whatever comes, it is figures', () => {
    const any = fc.jsonValue() as fc.Arbitrary<JsonValue>
    const whole = fc.record({ load: any, processors: any, disks: any, interfaces: any, fileSystems: any })
    fc.assert(
      fc.property(whole, whole, (before, now) => {
        const figures = vmFigures(qgaFigures({ wallMs: 0, ...before }, { wallMs: 1_000, ...now }))
        for (const value of Object.values(figures)) expect(Number.isFinite(value)).toBe(true)
        expect(Array.isArray(qgaAgent(now.load).commands)).toBe(true)
        expect(typeof (qgaSystemName(now.load) ?? '')).toBe('string')
      }),
    )
  })
})
