import { expect, test } from 'vitest'
import { ManualClock } from '@flotilla/core/testing'
import type { SystemReading } from '../readings.ts'
import { openLinuxSource, type LinuxSourceOptions } from './node-linux-source.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

const space = { totalBytes: 100, freeBytes: 60, availableBytes: 50, files: 10, filesFree: 5 }

/** Nobody is late, however busy the machine of the test is. */
const patient = { spaceDeadlineMs: 60_000, sensorsDeadlineMs: 60_000 }

async function read(folder: MachineFolder, options: LinuxSourceOptions = {}): Promise<SystemReading> {
  const usual = { root: folder.root, askLocalSpace: async () => space, limits: patient }
  await using source = await openLinuxSource({ ...usual, ...options })
  return await source.system()
}

test('a machine as it was recorded', async () => {
  using folder = MachineFolder.recorded()
  const reading = await read(folder)
  expect(reading.problems).toEqual([])
  expect(reading).toMatchObject({
    bootId: '5b2f8c1e-6f0e-4a55-9a43-2f8f2f2f6c11',
    processor: {
      cores: [{ core: 0 }, { core: 1 }],
      load: [expect.any(Number), expect.any(Number), expect.any(Number)],
    },
    memory: { totalBytes: 25_276_514_304, swapTotalBytes: 0 },
    disks: [{ name: 'vda', reads: 1_085_073, busyMs: 979_052 }],
    fileSystems: [{ mount: '/', device: '/dev/vda', type: 'ext4', isReadOnly: false, space }],
    networks: [{ name: 'lo' }, { name: 'ifb0' }, { name: 'ifb1' }, { name: 'eth0', receivedBytes: 8_767_444_463 }],
    pressure: { processor: {}, memory: {}, io: {} },
    temperatures: [],
    power: [],
  })
  expect(reading.container).toBeUndefined()
})

const parts = {
  'proc/stat': 'processor',
  'proc/loadavg': 'load',
  'proc/meminfo': 'memory',
  'proc/uptime': 'uptime',
  'proc/self/net/dev': 'networks',
  'proc/self/mountinfo': 'fileSystems',
} as const

test.for(Object.entries(parts))('without %s that part alone is missing, and a problem', async ([path, part]) => {
  using folder = MachineFolder.recorded()
  folder.remove(path)
  using whole = MachineFolder.recorded()
  const reading = await read(folder)
  expect(reading.problems).toMatchObject([{ part, code: 'not-found' }])
  const missing = part === 'uptime' ? 'uptimeMs' : part
  expect(Object.keys(reading)).toEqual(Object.keys(await read(whole)).filter((name) => name !== missing))
  const hasLoad = reading.processor !== undefined && 'load' in reading.processor
  expect(hasLoad).toBe(part !== 'load' && part !== 'processor')
})

test.for(['proc/stat', 'proc/loadavg', 'proc/meminfo', 'proc/uptime', 'proc/pressure/io'])(
  'where %s makes no sense that is a problem',
  async (path) => {
    using folder = MachineFolder.recorded()
    folder.write({ [path]: 'nonsense\n' })
    const { problems } = await read(folder)
    expect(problems).toMatchObject([{ code: 'wrong-format', message: `/${path} does not have the form that we know` }])
  },
)

test('what a machine does not offer is absent, and no problem', async () => {
  using folder = MachineFolder.recorded()
  for (const path of ['proc/pressure', 'proc/diskstats', 'proc/self/cgroup']) folder.remove(path)
  const reading = await read(folder)
  expect(reading.problems).toEqual([])
  expect(Object.keys(reading)).not.toContain('pressure')
  expect(Object.keys(reading)).not.toContain('disks')
})

test('a boot that cannot be told is told to be unknown', async () => {
  using folder = MachineFolder.recorded()
  folder.remove('proc/sys')
  expect(await read(folder)).toMatchObject({ bootId: 'unknown', problems: [{ part: 'bootId', code: 'not-found' }] })
})

test('a file that is too long is read up to the limit, and it is told', async () => {
  using folder = MachineFolder.recorded()
  const line = '   8   0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n'
  folder.write({ 'proc/diskstats': line.repeat(1_000) })
  const reading = await read(folder, { limits: { fileBytesMax: 4_096 } })
  expect(reading.problems).toContainEqual(expect.objectContaining({ part: 'disks', code: 'limit-reached' }))
  expect(reading.disks?.length).toBe(Math.floor(4_096 / line.length))
})

test('of more disks and interfaces than the limit the first ones are told of', async () => {
  using folder = MachineFolder.recorded()
  const reading = await read(folder, { limits: { networksMax: 2, disksMax: 1 } })
  expect(reading.networks).toHaveLength(2)
  expect(reading.problems).toMatchObject([{ part: 'networks', code: 'limit-reached' }])
})

test('links say whether they are up and how quick; once in a while, and at once of a new one', async () => {
  using folder = MachineFolder.recorded()
  const net = (name: string, state: string, flags: string, speed: string): Record<string, string> => ({
    [`sys/class/net/${name}/operstate`]: `${state}\n`,
    [`sys/class/net/${name}/flags`]: `${flags}\n`,
    [`sys/class/net/${name}/speed`]: `${speed}\n`,
  })
  folder.write({ ...net('lo', 'unknown', '0x9', '-1'), ...net('eth0', 'up', '0x1003', '10000') })
  folder.write({ ...net('ifb0', 'down', '0x1003', '-1'), ...net('ifb1', 'up', '0x1002', '100') })
  const clock = new ManualClock()
  await using source = await openLinuxSource({ root: folder.root, clock, askLocalSpace: async () => space })
  const links = async (): Promise<unknown> =>
    (await source.system()).networks?.map(({ name, isUp, bitsPerSecond }) => [name, isUp, bitsPerSecond])
  const before = [
    ['lo', true, undefined],
    ['ifb0', false, undefined],
    ['ifb1', false, undefined],
    ['eth0', true, 1e10],
  ]
  expect(await links()).toEqual(before)
  folder.write(net('eth0', 'down', '0x1003', '-1'))
  expect(await links()).toEqual(before)
  clock.advance(5_000)
  expect(await links()).toEqual([...before.slice(0, 3), ['eth0', false, undefined]])
})

test('one source reads again and again what changes', async () => {
  using folder = MachineFolder.recorded()
  const clock = new ManualClock()
  await using source = await openLinuxSource({ root: folder.root, clock, askLocalSpace: async () => space })
  const first = await source.system()
  folder.write({ 'proc/uptime': '1234.50 9.00\n', 'proc/loadavg': '9.00 8.00 7.00 1/1 1\n' })
  clock.advance(1_000)
  const second = await source.system()
  expect(second).toMatchObject({ uptimeMs: 1_234_500, processor: { load: [9, 8, 7] } })
  expect(second.atMs - first.atMs).toBe(1_000)
  expect(second.wallMs - first.wallMs).toBe(1_000)
})
