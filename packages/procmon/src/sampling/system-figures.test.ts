import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DiskReading, NetworkReading, SystemReading } from '../readings.ts'
import { systemFigures } from './system-figures.ts'

const disk = (name: string, bytes: number): DiskReading => {
  return { name, reads: bytes / 10, writes: bytes / 10, readBytes: bytes, writtenBytes: bytes, busyMs: bytes / 10 }
}
const network = (name: string, bytes: number): NetworkReading => ({
  name,
  isUp: true,
  receivedBytes: bytes,
  sentBytes: bytes,
  receivedPackets: bytes,
  sentPackets: bytes,
  receiveErrors: bytes,
  sendErrors: bytes,
  receiveDrops: bytes,
  sendDrops: bytes,
})
const core = (number: number, busyMs: number, idleMs: number) => ({
  core: number,
  times: { userMs: busyMs, niceMs: 0, systemMs: 0, idleMs, ioWaitMs: 0, interruptMs: 0, stealMs: 0 },
})
const at = (seconds: number, parts: Partial<SystemReading>): SystemReading => {
  return { atMs: seconds * 1_000, wallMs: seconds * 1_000, bootId: 'boot', problems: [], ...parts }
}

test('a disk that was plugged in has no rates at first, the others have', () => {
  const figures = systemFigures(
    at(1, { disks: [disk('sda', 100)] }),
    at(2, { disks: [disk('sda', 600), disk('sdb', 9_000_000)] }),
  )
  expect(figures.disks).toEqual([
    {
      name: 'sda',
      readBytesPerSecond: 500,
      writtenBytesPerSecond: 500,
      readsPerSecond: 50,
      writesPerSecond: 50,
      busy: 0.05,
    },
    { name: 'sdb' },
  ])
})

test('a device one counter of which went back is another one: none of its rates are shown', () => {
  const reset = { ...disk('sda', 600), reads: 0 }
  expect(systemFigures(at(1, { disks: [disk('sda', 100)] }), at(2, { disks: [reset] })).disks).toEqual([
    { name: 'sda' },
  ])
  const figures = systemFigures(at(1, { networks: [network('eth0', 900)] }), at(2, { networks: [network('eth0', 5)] }))
  expect(figures.networks).toEqual([{ name: 'eth0', isUp: true }])
})

test('errors and drops of both directions are added', () => {
  const figures = systemFigures(at(1, { networks: [network('eth0', 0)] }), at(3, { networks: [network('eth0', 10)] }))
  expect(figures.networks?.[0]).toMatchObject({ receivedBytesPerSecond: 5, errorsPerSecond: 10, dropsPerSecond: 10 })
})

test('a core that went off leaves the rest as it is, and one that came has no usage yet', () => {
  const total = core(0, 4_000, 4_000).times
  const before = at(1, { processor: { total, cores: [core(0, 0, 0), core(1, 2_000, 2_000)] } })
  const now = at(2, {
    processor: { total: core(0, 9_000, 4_100).times, cores: [core(0, 250, 750), core(2, 9_000, 1)] },
  })
  const figures = systemFigures(before, now)
  expect(figures.processor).toEqual({ cores: [{ core: 0, usage: 0.25 }, { core: 2 }] })
})

test('energy that was counted is watts, and a battery that says watts is believed', () => {
  const before = at(1, { power: [{ name: 'package', energyJoules: 100 }] })
  const now = at(3, {
    power: [
      { name: 'package', energyJoules: 130 },
      { name: 'BAT0', watts: 7, batteryPercent: 80 },
    ],
  })
  expect(systemFigures(before, now).power).toEqual([
    { name: 'package', watts: 15 },
    { name: 'BAT0', watts: 7, batteryPercent: 80 },
  ])
  const wrapped = at(4, { power: [{ name: 'package', energyJoules: 3 }] })
  expect(systemFigures(now, wrapped).power).toEqual([{ name: 'package' }])
})

test('a file system that does not answer is hung, and has no sizes', () => {
  const place = { mount: '/mnt', device: 'nas:/x', type: 'nfs', isReadOnly: false }
  const space = { totalBytes: 100, freeBytes: 30, availableBytes: 20, files: 10, filesFree: 4 }
  const figures = systemFigures(undefined, at(1, { fileSystems: [place, { ...place, mount: '/', space }] }))
  expect(figures.fileSystems).toEqual([
    { ...place, isHung: true },
    {
      ...place,
      mount: '/',
      isHung: false,
      totalBytes: 100,
      usedBytes: 70,
      availableBytes: 20,
      files: 10,
      filesUsed: 6,
    },
  ])
})

test('no figure is negative, whatever two readings say', () => {
  const bytes = fc.oneof(fc.nat(), fc.nat(100), fc.constant(2 ** 53))
  const devices = fc.record({
    disks: fc.array(fc.tuple(fc.constantFrom('a', 'b'), bytes).map(([name, count]) => disk(name, count))),
    networks: fc.array(fc.tuple(fc.constantFrom('a', 'b'), bytes).map(([name, count]) => network(name, count))),
  })
  fc.assert(
    fc.property(devices, devices, fc.nat(400), (before, now, seconds) => {
      const { disks = [], networks = [] } = systemFigures(at(0, before), at(seconds, now))
      const values = [...disks, ...networks].flatMap((device) => Object.values(device) as unknown[])
      const numbers = values.filter((value) => typeof value === 'number')
      expect(numbers.filter((value) => !(value >= 0 && value <= 2e12))).toEqual([])
      expect(disks.filter(({ busy = 0 }) => busy > 1)).toEqual([])
    }),
  )
})
