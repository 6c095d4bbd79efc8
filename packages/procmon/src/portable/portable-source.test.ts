import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { openPortableProcessControl } from './node-portable-control.ts'
import type { PortableParts, PortableProcess } from './parts.ts'
import { PortableSource } from './portable-source.ts'

const never = (): Promise<never> => new Promise(() => {})

function process(pid: number, more: Partial<PortableProcess> = {}): PortableProcess {
  const names = { name: 'x', state: 'sleeping', user: 'me', command: '/bin/x', params: '-y' }
  return { pid, parentPid: 4, cpu: 0, memRss: 10, nice: 0, startedAtMs: 1_000_000, ...names, ...more }
}

function parts(more: Partial<PortableParts> = {}): PortableParts {
  return {
    platform: 'win32',
    uptimeSeconds: () => 100,
    loadAverage: () => [0, 0, 0],
    cores: () => [1, 2].map((user) => ({ times: { user, nice: 0, sys: 2, idle: 3, irq: 4 } })),
    memory: async () => ({
      total: 9,
      free: 3,
      available: 4,
      buffers: 0,
      cached: 1,
      reclaimable: 1,
      swaptotal: 0,
      swapfree: 0,
    }),
    diskOperations: async () => null,
    diskBytes: async () => null,
    fileSystems: async () => [{ fs: 'C:', type: 'NTFS', size: 100, used: 40, available: 55, mount: 'C:', rw: true }],
    networks: async () => [],
    temperature: async () => ({ main: null }),
    battery: async () => ({ hasBattery: false, isCharging: false, percent: 0 }),
    processes: async () => [process(8), process(4)],
    ...more,
  }
}

test('Windows, which has neither load nor disks to tell of', async () => {
  const source = new PortableSource({ parts: parts(), clock: new ManualClock() })
  const reading = await source.system()
  expect(source.platform).toBe('windows')
  expect(reading).toMatchObject({
    problems: [],
    uptimeMs: 100_000,
    processor: { total: { userMs: 3, systemMs: 4, idleMs: 6, interruptMs: 8 }, cores: [{ core: 0 }, { core: 1 }] },
    memory: { totalBytes: 9, availableBytes: 4, cachedBytes: 2 },
    fileSystems: [{ mount: 'C:', isReadOnly: false, space: { totalBytes: 100, freeBytes: 60, availableBytes: 55 } }],
    temperatures: [],
    power: [],
  })
  expect(reading.processor?.load).toBeUndefined()
  expect(reading.disks).toBeUndefined()
})

test('macOS, with all that it tells', async () => {
  const source = new PortableSource({
    parts: parts({
      platform: 'darwin',
      loadAverage: () => [1, 2, 3],
      diskOperations: async () => ({ rIO: 5, wIO: 6 }),
      diskBytes: async () => ({ rx: 500, wx: 600 }),
      temperature: async () => ({ main: 45.5 }),
      battery: async () => ({ hasBattery: true, isCharging: true, percent: 80 }),
    }),
    clock: new ManualClock(),
  })
  expect(await source.system()).toMatchObject({
    processor: { load: [1, 2, 3] },
    disks: [{ name: 'all', reads: 5, writes: 6, readBytes: 500, writtenBytes: 600 }],
    temperatures: [{ name: 'processor', celsius: 45.5 }],
    power: [{ name: 'battery', batteryPercent: 80, isCharging: true }],
  })
})

test('a part that fails is a problem, and the others are there', async () => {
  const failing = parts({
    memory: () => Promise.reject(new Error('no WMI')),
    networks: () => Promise.reject(new Error('x')),
  })
  const reading = await new PortableSource({ parts: failing, clock: new ManualClock() }).system()
  expect(reading.problems).toEqual([
    { part: 'memory', code: 'failed', message: 'no WMI' },
    { part: 'networks', code: 'failed', message: 'x' },
  ])
  expect(reading.fileSystems).toHaveLength(1)
})

test('a part that never answers holds up one reading until the deadline, and is not asked twice', async () => {
  const clock = new ManualClock()
  let asks = 0
  const battery = (): Promise<never> => (asks++, never())
  const source = new PortableSource({ parts: parts({ battery }), clock, limits: { slowPartsEveryMs: 0 } })
  const first = source.system()
  await Promise.resolve()
  clock.advance(10_000)
  expect(await first).toMatchObject({ problems: [{ part: 'power', code: 'deadline-exceeded' }], memory: {} })
  for (let round = 0; round < 10; round++) expect((await source.system()).problems).toHaveLength(1)
  expect(asks).toBe(1)
})

test('the list of processes is dear, and told again while it is new enough', async () => {
  const clock = new ManualClock()
  let asks = 0
  const processes = async (): Promise<PortableProcess[]> => (asks++, [process(8), process(4)])
  const source = new PortableSource({ parts: parts({ processes }), clock })
  const first = await source.processes()
  expect(first.processes.map(({ pid }) => pid)).toEqual([4, 8])
  clock.advance(9_999)
  expect(await source.processes()).toEqual(first)
  clock.advance(1)
  expect((await source.processes()).atMs).toBe(first.atMs + 10_000)
  expect(asks).toBe(2)
})

test('two who ask at once wait for one list', async () => {
  let asks = 0
  const processes = async (): Promise<PortableProcess[]> => (asks++, [process(8)])
  const source = new PortableSource({ parts: parts({ processes }), clock: new ManualClock() })
  const [one, two] = await Promise.all([source.processes(), source.processes()])
  expect(one).toEqual(two)
  expect(two.processes).toHaveLength(1)
  expect(asks).toBe(1)
})

test('times are added up of how busy a process is: of all cores, on macOS of one', async () => {
  for (const [platform, processorMs] of [
    ['win32', 2_000],
    ['darwin', 1_000],
  ] as const) {
    const clock = new ManualClock()
    const processes = async (): Promise<PortableProcess[]> => [process(8, { cpu: 50 })]
    const source = new PortableSource({
      parts: parts({ platform, processes }),
      clock,
      limits: { windowsProcessesEveryMs: 0 },
    })
    expect((await source.processes()).processes[0]?.processorMs).toBe(0)
    clock.advance(2_000)
    expect((await source.processes()).processes[0]?.processorMs).toBe(processorMs)
  }
})

test('a number that is used again begins anew', async () => {
  const clock = new ManualClock()
  let startedAtMs = 1_000_000
  const processes = async (): Promise<PortableProcess[]> => [process(8, { cpu: 50, startedAtMs })]
  const source = new PortableSource({ parts: parts({ processes }), clock, limits: { windowsProcessesEveryMs: 0 } })
  await source.processes()
  clock.advance(1_000)
  startedAtMs += 1_000
  expect((await source.processes()).processes[0]).toMatchObject({ processorMs: 0, startTicks: 100_100 })
})

test('answers that make no sense are left out', async () => {
  const odd = [
    process(Number.NaN),
    process(-1),
    process(5, { cpu: Number.NaN, memRss: -3, command: '', params: '', state: 'odd' }),
  ]
  const source = new PortableSource({ parts: parts({ processes: async () => odd }), clock: new ManualClock() })
  expect((await source.processes()).processes).toMatchObject([
    { pid: 5, processorMs: 0, residentBytes: 0, command: '[x]', state: 'unknown' },
  ])
})

test('a process is looked for once more before it is sent anything', async () => {
  const sent: unknown[] = []
  const control = openPortableProcessControl({
    list: async () => [process(8), process(9, { startedAtMs: 2_000_000 })],
    kill: (pid, signal) => void sent.push([pid, signal]),
    renice: (pid, nice) => void sent.push([pid, nice]),
    ownPid: 7,
  })
  const identity = { bootId: 'unknown', pid: 8, startTicks: 100_000 }
  await control.signal(identity, 'SIGTERM')
  await control.setNice(identity, 5)
  expect(sent).toEqual([
    [8, 'SIGTERM'],
    [8, 5],
  ])
  for (const wrong of [{ pid: 9 }, { pid: 10 }, { startTicks: 100_100 }, { bootId: 'another' }]) {
    await expect(control.signal({ ...identity, ...wrong }, 'SIGKILL')).rejects.toMatchObject({ code: 'not-found' })
  }
  for (const wrong of [{ pid: 7 }, { startTicks: 0 }]) {
    await expect(control.signal({ ...identity, ...wrong }, 'SIGKILL')).rejects.toMatchObject({ code: 'refused' })
  }
  expect(sent).toHaveLength(2)
})
