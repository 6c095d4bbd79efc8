import { boundedMetrics } from '@flotilla/core/observe'
import { ManualClock, RecordingMetrics } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { SystemReading } from '../readings.ts'
import { ScriptedMachine } from '../testing/index.ts'
import { Exposition } from './exposition.ts'

async function world() {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock, cores: 2 })
  const metrics = new RecordingMetrics()
  const exposition = new Exposition(boundedMetrics(metrics))
  const show = async (edit: (reading: SystemReading) => SystemReading = (reading) => reading): Promise<void> => {
    exposition.show(edit(await machine.system()))
  }
  return { clock, machine, metrics, show }
}

test('counters are those of the kernel, under the names of node_exporter', async () => {
  const { clock, machine, metrics, show } = await world()
  Object.assign(machine.load, { usage: 0.5, readBytesPerSecond: 4_096, receivedBytesPerSecond: 1_000 })
  clock.advance(10_000)
  await show()
  clock.advance(10_000)
  await show()
  expect(metrics.value('node_cpu_seconds_total', { cpu: '1', mode: 'user' })).toBeCloseTo(7.5)
  expect(metrics.value('node_cpu_seconds_total', { cpu: '0', mode: 'idle' })).toBeCloseTo(10)
  expect(metrics.value('node_disk_read_bytes_total', { device: 'sda' })).toBe(81_920)
  expect(metrics.value('node_network_receive_bytes_total', { device: 'eth0' })).toBe(20_000)
  expect(metrics.value('node_memory_MemTotal_bytes')).toBe(8_000_000_000)
  expect(metrics.value('node_load1')).toBe(1)
  const root = { device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' }
  expect(metrics.value('node_filesystem_avail_bytes', root)).toBe(90_000_000_000)
  expect(metrics.value('node_filesystem_device_error', root)).toBe(0)
})

test('a counter that begins anew, or wavers, only rises by what was done', async () => {
  const { metrics, show } = await world()
  const counted = async (contextSwitches: number): Promise<number | undefined> => {
    await show((reading) => ({ ...reading, processor: { ...reading.processor, contextSwitches } as never }))
    return metrics.value('node_context_switches_total')
  }
  expect(await counted(1_000)).toBe(1_000)
  expect(await counted(995)).toBe(1_000)
  expect(await counted(1_010)).toBe(1_010)
  expect(await counted(3)).toBe(1_010)
  expect(await counted(13)).toBe(1_020)
})

test('a file system that was unmounted has no figures any more', async () => {
  const { metrics, show } = await world()
  const place = { mount: '/mnt', device: 'nas:/', type: 'nfs', isReadOnly: false }
  await show((reading) => ({ ...reading, fileSystems: [...(reading.fileSystems ?? []), place] }))
  const labels = { device: 'nas:/', fstype: 'nfs', mountpoint: '/mnt' }
  expect(metrics.value('node_filesystem_device_error', labels)).toBe(1)
  expect(metrics.value('node_filesystem_size_bytes', labels)).toBeUndefined()
  await show()
  expect(metrics.value('node_filesystem_device_error', labels)).toBeUndefined()
})

test('many things have so many series, and what was not read has none', async () => {
  const { metrics, show } = await world()
  const network = { isUp: true, receivedBytes: 1, sentBytes: 1, receivedPackets: 1, sentPackets: 1 }
  const counters = { receiveErrors: 0, sendErrors: 0, receiveDrops: 0, sendDrops: 0 }
  const networks = Array.from({ length: 500 }, (_, index) => ({ name: `veth${index}`, ...network, ...counters }))
  await show(({ atMs, wallMs, bootId }) => ({ atMs, wallMs, bootId, networks, problems: [] }))
  const names = metrics.seriesNames
  expect(names.filter((name) => name.startsWith('node_network_receive_bytes_total'))).toHaveLength(128)
  expect(names.filter((name) => name.startsWith('node_memory'))).toEqual([])
})
