import { expect, test } from 'vitest'
import type { SystemFigures } from '@flotilla/procmon'
import type { ExactJson } from '../lines/index.ts'
import { guestProcessesMax, readGuestMetrics } from './guest-figures.ts'

const system = { wallMs: 1, bootId: 'b', problems: [] }

test('figures come through as they are', () => {
  const figures: SystemFigures = {
    ...system,
    uptimeMs: 5,
    processor: { usage: 0.5, cores: [{ core: 0, usage: 0.25 }], load: [1, 2, 3] },
    memory: { totalBytes: 4, usedBytes: 1, availableBytes: 3, swapTotalBytes: 0, swapUsedBytes: 0 },
    disks: [{ name: 'vda', busy: 0.5 }],
    fileSystems: [{ mount: '/', device: '/dev/vda', type: 'ext4', isReadOnly: false, isHung: false, totalBytes: 9 }],
    networks: [{ name: 'eth0', isUp: true, receivedBytesPerSecond: 3 }],
    temperatures: [{ name: 'cpu', celsius: 40 }],
    power: [{ name: 'bat', isCharging: true }],
    pressure: { processor: { some10s: 1, some60s: 2 } },
    container: { cores: 2 },
    extra: { 'gpu.load': 0.5 },
    processCount: 7,
    problems: [{ part: 'disks', code: 'failed', message: 'm' }],
  }
  expect(readGuestMetrics({ system: JSON.parse(JSON.stringify(figures)) as ExactJson })).toEqual({ system: figures })
})

test('what is not as it must be is left out', () => {
  const hostile: ExactJson = {
    system: {
      ...system,
      bootId: 'x'.repeat(5_000),
      uptimeMs: 'soon',
      memory: { totalBytes: 1 },
      disks: [{ name: 7 }, { name: 'vda', busy: {} }, null],
      networks: 'all',
      extra: { one: 1, two: 'two' },
      secret: { any: 'thing' },
    },
    processes: [...Array<ExactJson>(3_000).fill(1)],
    more: 1,
  }
  const read = readGuestMetrics(hostile)
  expect(read.system).toEqual({ ...system, bootId: 'x'.repeat(1_024), disks: [{ name: 'vda' }], extra: { one: 1 } })
  expect(read.processes).toEqual([])
  expect(guestProcessesMax).toBeLessThan(3_000)
})

test.each([null, 1, [], {}, { system: {} }, { system: { ...system, wallMs: 'x' } }])('%j is refused', (value) => {
  expect(() => readGuestMetrics(value as ExactJson)).toThrow('lack its system')
})

test('a load of two numbers is refused', () => {
  const processor = { cores: [], load: [1, 2] }
  expect(() => readGuestMetrics({ system: { ...system, processor } })).toThrow('lack its system')
})
