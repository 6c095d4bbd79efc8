import { expect, test } from 'vitest'
import { QgaRefusal } from '../../qga/contract.ts'
import { hardwareOf } from './hardware.ts'
import { MemoryMachineFiles } from './testing/memory-machine-files.ts'

const cpu = '/sys/devices/system/cpu'
const memory = '/sys/devices/system/memory'
const limits = { listedMax: 100, memoryBlocksMax: 100 }

function machine(): MemoryMachineFiles {
  return new MemoryMachineFiles({
    [`${cpu}/cpu0/topology`]: '',
    [`${cpu}/cpu1/online`]: '1\n',
    [`${cpu}/cpu2/online`]: '0\n',
    [`${cpu}/cpu10/online`]: '1\n',
    [`${cpu}/cpufreq/x`]: '',
    [`${memory}/block_size_bytes`]: '8000000\n',
    [`${memory}/memory0/state`]: 'online\n',
    [`${memory}/memory0/removable`]: '0\n',
    [`${memory}/memory32/state`]: 'offline\n',
    [`${memory}/memory32/removable`]: '1\n',
    [`${memory}/memory5/state`]: 'online\n',
  })
}

test('processors, in order; one without a switch is on', async () => {
  const { vcpus } = await hardwareOf(machine(), limits)
  expect(await vcpus?.()).toEqual([
    { id: 0, isOnline: true, canOffline: false },
    { id: 1, isOnline: true, canOffline: true },
    { id: 2, isOnline: false, canOffline: true },
    { id: 10, isOnline: true, canOffline: true },
  ])
})

test('processors are switched, but those that are as they shall be', async () => {
  const files = machine()
  const { setVcpus } = await hardwareOf(files, limits)
  const changes = [
    { id: 0, isOnline: true },
    { id: 1, isOnline: false },
    { id: 2, isOnline: true },
    { id: 10, isOnline: true },
  ]
  expect(await setVcpus?.(changes)).toBe(4)
  expect(files.written).toEqual([
    [`${cpu}/cpu1/online`, '0'],
    [`${cpu}/cpu2/online`, '1'],
  ])
})

test('how many were done is told; and why none was', async () => {
  const files = machine()
  files.refusals.set(`${cpu}/cpu2/online`, new Error('EBUSY: busy'))
  const { setVcpus } = await hardwareOf(files, limits)
  const [good, bad, after] = [
    { id: 1, isOnline: false },
    { id: 2, isOnline: true },
    { id: 10, isOnline: false },
  ]
  expect(await setVcpus?.([good, bad, after])).toBe(1)
  expect(files.written).toHaveLength(1)
  await expect(setVcpus?.([bad])).rejects.toThrow(/processor 2 could not be switched on: EBUSY/)
  await expect(setVcpus?.([{ id: 0, isOnline: false }])).rejects.toThrow(QgaRefusal)
  await expect(setVcpus?.([{ id: 3, isOnline: true }])).rejects.toThrow(/no processor 3/)
})

test('blocks of memory', async () => {
  const files = machine()
  const { memoryBlocks, setMemoryBlocks, memoryBlockBytes } = await hardwareOf(files, limits)
  expect(await memoryBlockBytes?.()).toBe(134_217_728)
  expect(await memoryBlocks?.()).toEqual([
    { index: 0, isOnline: true, canOffline: false },
    { index: 5, isOnline: true, canOffline: true },
    { index: 32, isOnline: false, canOffline: true },
  ])
  files.refusals.set(`${memory}/memory5/state`, Object.assign(new Error('EBUSY'), { errno: -16 }))
  const changes = [
    { index: 0, isOnline: false },
    { index: 0, isOnline: true },
    { index: 5, isOnline: false },
    { index: 32, isOnline: true },
    { index: 33, isOnline: true },
  ]
  expect(await setMemoryBlocks?.(changes)).toEqual([
    { index: 0, outcome: 'operation-not-supported' },
    { index: 0, outcome: 'success' },
    { index: 5, outcome: 'operation-failed', errorNumber: 16 },
    { index: 32, outcome: 'success' },
    { index: 33, outcome: 'not-found' },
  ])
  expect(files.written).toEqual([[`${memory}/memory32/state`, 'online']])
})

test('what this kernel does not have is absent', async () => {
  expect(Object.keys(await hardwareOf(new MemoryMachineFiles({}), limits))).toEqual([])
})
