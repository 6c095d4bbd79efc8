import { expect, test } from 'vitest'
import type { SystemFigures } from '../figures.ts'
import { figureWord, thingOf } from './figure-names.ts'
import { flatFigures } from './flat-figures.ts'

const place = { device: '/dev/sda1', type: 'ext4', isReadOnly: false, isHung: false }
const figures: SystemFigures = {
  wallMs: 1_000_000,
  bootId: 'boot',
  uptimeMs: 5_000,
  processCount: 12,
  processor: {
    usage: 0.5,
    user: 0.4,
    system: 0.1,
    ioWait: 0.05,
    steal: 0,
    cores: [{ core: 0, usage: 0.6 }, { core: 3 }],
    load: [1, 4, 3],
    contextSwitchesPerSecond: 100,
  },
  memory: { totalBytes: 200, usedBytes: 50, availableBytes: 150, swapTotalBytes: 0, swapUsedBytes: 0 },
  disks: [{ name: 'sda', busy: 0.2, readBytesPerSecond: 5 }],
  fileSystems: [
    { ...place, mount: '/', totalBytes: 100, usedBytes: 60, availableBytes: 20, files: 10, filesUsed: 1 },
    { ...place, mount: '/mnt/v1.2', isHung: true },
    { ...place, mount: '/cd', isReadOnly: true, totalBytes: 9, usedBytes: 9, availableBytes: 0 },
  ],
  networks: [{ name: 'eth0.100', isUp: true, receivedBytesPerSecond: 7 }],
  temperatures: [{ name: 'cpu', celsius: 50, criticalCelsius: 100 }],
  power: [{ name: 'BAT0', watts: 9, batteryPercent: 50 }],
  pressure: { memory: { some10s: 0.1, some60s: 0.2, full10s: 0.01 } },
  container: { memoryBytes: 10, memoryLimitBytes: 40, throttled: 0.3 },
  extra: { 'gpu.load': 0.9 },
  problems: [{ part: 'fileSystems: /mnt/v1.2', code: 'deadline-exceeded', message: 'it hangs' }],
}

test('every figure has a name, and what is not known has none', () => {
  expect(Object.fromEntries(flatFigures(figures))).toEqual({
    uptime: 5,
    'processes.count': 12,
    'processor.usage': 0.5,
    'processor.user': 0.4,
    'processor.system': 0.1,
    'processor.ioWait': 0.05,
    'processor.steal': 0,
    'processor.contextSwitches': 100,
    'core.0.usage': 0.6,
    'load.1': 1,
    'load.5': 4,
    'load.15': 3,
    'load.perCore': 2,
    'memory.used': 0.25,
    'memory.usedBytes': 50,
    'memory.availableBytes': 150,
    'swap.usedBytes': 0,
    'disk.sda.busy': 0.2,
    'disk.sda.read': 5,
    'fileSystem./.hung': 0,
    'fileSystem./.used': 0.75,
    'fileSystem./.usedBytes': 60,
    'fileSystem./.availableBytes': 20,
    'fileSystem./.filesUsed': 0.1,
    'fileSystem./mnt/v1%2E2.hung': 1,
    'fileSystem./cd.hung': 0,
    'fileSystem./cd.usedBytes': 9,
    'fileSystem./cd.availableBytes': 0,
    'network.eth0%2E100.received': 7,
    'temperature.cpu.celsius': 50,
    'temperature.cpu.ofCritical': 0.5,
    'power.BAT0.watts': 9,
    'power.BAT0.battery': 0.5,
    'pressure.memory.some': 0.1,
    'pressure.memory.full': 0.01,
    'container.memory': 0.25,
    'container.memoryBytes': 10,
    'container.throttled': 0.3,
    'plugin.gpu.load': 0.9,
    'problems.count': 1,
    'problem.fileSystems: /mnt/v1%2E2': 1,
  })
})

test('names with dots and percent signs are one word, and can be read again', () => {
  for (const name of ['eth0.100', '100%', '%2E.', '']) {
    expect(figureWord(name)).not.toContain('.')
    expect(thingOf(figureWord(name))).toBe(name)
  }
})
