import { expect, test } from 'vitest'
import { Problems } from '../problems.ts'
import type { ContainerReading, Problem } from '../readings.ts'
import { ContainerLimits } from './node-container.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

function read(files: Readonly<Record<string, string>>): ContainerReading | undefined {
  using folder = new MachineFolder()
  folder.write(files)
  const problems = new Problems(8)
  const reading = new ContainerLimits(folder.root, 0).read(0, problems)
  expect(problems.all()).toEqual<Problem[]>([])
  return reading
}

const top = 'sys/fs/cgroup'

test('version 2, in a container that sees its own group as the top', () => {
  expect(
    read({
      'proc/self/cgroup': '0::/\n',
      [`${top}/cgroup.controllers`]: 'cpu memory pids\n',
      [`${top}/cpu.max`]: '150000 100000\n',
      [`${top}/cpu.stat`]: 'usage_usec 5\nnr_throttled 3\nthrottled_usec 2500000\n',
      [`${top}/memory.max`]: '536870912\n',
      [`${top}/memory.current`]: '104857600\n',
      [`${top}/pids.max`]: '100\n',
    }),
  ).toEqual({
    cores: 1.5,
    memoryLimitBytes: 536_870_912,
    memoryBytes: 104_857_600,
    throttledMs: 2_500,
    processesMax: 100,
  })
})

test('version 2, in a service: the smallest limit of all levels above it is the one that is felt', () => {
  const service = `${top}/system.slice/web.service`
  expect(
    read({
      'proc/self/cgroup': '0::/system.slice/web.service\n',
      [`${top}/cgroup.controllers`]: 'cpu memory pids\n',
      [`${top}/system.slice/memory.max`]: '1000000\n',
      [`${top}/system.slice/memory.current`]: '999\n',
      [`${service}/cgroup.controllers`]: 'memory pids\n',
      [`${service}/memory.max`]: '2000000\n',
      [`${service}/memory.current`]: '77\n',
      [`${service}/cpu.max`]: 'max 100000\n',
      [`${service}/pids.max`]: 'max\n',
    }),
  ).toEqual({ memoryLimitBytes: 1_000_000, memoryBytes: 77 })
})

test('without any limit there is nothing to say', () => {
  const group = {
    'proc/self/cgroup': '0::/\n',
    [`${top}/cgroup.controllers`]: 'cpu\n',
    [`${top}/cpu.max`]: 'max 100000\n',
  }
  expect(read(group)).toBeUndefined()
  expect(read({})).toBeUndefined()
  expect(read({ 'proc/self/cgroup': 'nonsense' })).toBeUndefined()
})

const legacy = {
  'proc/self/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc\n0::/docker/abc\n',
}

test('version 1, in a container in which its own group is mounted as the top', () => {
  expect(
    read({
      ...legacy,
      [`${top}/memory/memory.limit_in_bytes`]: '268435456\n',
      [`${top}/memory/memory.usage_in_bytes`]: '1000\n',
      [`${top}/cpu/cpu.cfs_quota_us`]: '50000\n',
      [`${top}/cpu/cpu.cfs_period_us`]: '100000\n',
      [`${top}/cpu/cpu.stat`]: 'nr_periods 1\nnr_throttled 1\nthrottled_time 3000000\n',
      [`${top}/pids/cgroup.procs`]: '1\n',
      [`${top}/pids/pids.max`]: '64\n',
    }),
  ).toEqual({ cores: 0.5, memoryLimitBytes: 268_435_456, memoryBytes: 1_000, throttledMs: 3, processesMax: 64 })
})

test('version 1, seen from outside', () => {
  expect(
    read({
      ...legacy,
      [`${top}/memory/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`${top}/memory/docker/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`${top}/memory/docker/abc/memory.limit_in_bytes`]: '5000\n',
      [`${top}/memory/docker/abc/memory.usage_in_bytes`]: '4000\n',
      [`${top}/cpu/docker/abc/cpu.cfs_quota_us`]: '-1\n',
      [`${top}/cpu/docker/abc/cpu.cfs_period_us`]: '100000\n',
    }),
  ).toEqual({ memoryLimitBytes: 5_000, memoryBytes: 4_000 })
})

test('limits that come, change and go are seen once in a while', () => {
  using folder = new MachineFolder()
  const problems = new Problems(8)
  const limits = new ContainerLimits(folder.root, 1_000)
  folder.write({ 'proc/self/cgroup': '0::/\n', [`${top}/cgroup.controllers`]: '\n', [`${top}/pids.max`]: 'max\n' })
  expect(limits.read(0, problems)).toBeUndefined()
  folder.write({ [`${top}/pids.max`]: '5\n' })
  expect(limits.read(999, problems)).toBeUndefined()
  expect(limits.read(1_000, problems)).toEqual({ processesMax: 5 })
  folder.remove(`${top}/pids.max`)
  expect(limits.read(2_000, problems)).toBeUndefined()
})
