import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openLinuxSource } from '../linux/node-linux-source.ts'
import { machineSourceConformance, type MachineSourceHarness } from '../testing/index.ts'
import type { MachineSource } from '../readings.ts'
import { openPortableSource } from './node-portable-source.ts'

const onLinux = process.platform === 'linux'

async function harness(opening: Promise<MachineSource>): Promise<MachineSourceHarness> {
  return {
    source: await opening,
    running: { pid: process.pid },
    pass: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

/** As others hold the machine busy, starting programs takes its time. */
const patient = { limits: { partDeadlineMs: 60_000 } }

/** `systeminformation` knows no details of a process. */
const cases = machineSourceConformance(() => harness(openPortableSource(patient))).filter(
  ({ name }) => !name.startsWith('detail '),
)

test.for(cases)('what every source does: $name', { timeout: 90_000 }, async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test.runIf(onLinux)('both say the same of one machine', { timeout: 90_000 }, async () => {
  await using ours = await openLinuxSource({ limits: { spaceDeadlineMs: 60_000 } })
  await using theirs = await openPortableSource(patient)
  const before = await ours.system()
  const other = await theirs.system()
  const after = await ours.system()
  expect(other.problems).toEqual([])
  expect(other.memory?.totalBytes).toBe(before.memory?.totalBytes)
  expect(other.memory?.swapTotalBytes).toBe(before.memory?.swapTotalBytes)
  const tolerance = (before.memory?.totalBytes ?? 0) / 10
  for (const part of ['freeBytes', 'availableBytes', 'cachedBytes'] as const) {
    expect(Math.abs((other.memory?.[part] ?? 0) - (before.memory?.[part] ?? 0)), `of ${part}`).toBeLessThan(tolerance)
  }
  expect(other.processor?.cores.length).toBe(before.processor?.cores.length)
  // What was between our two readings, by a tick for each core.
  const ticks = 10 * (before.processor?.cores.length ?? 1)
  const between = (least: number, value: number, most: number, what: string): void => {
    expect(value, `of ${what}`).toBeGreaterThanOrEqual(least - ticks)
    expect(value, `of ${what}`).toBeLessThanOrEqual(most + ticks)
  }
  for (const part of ['userMs', 'systemMs', 'niceMs'] as const) {
    const of = (reading: typeof before): number => reading.processor?.total[part] ?? Number.NaN
    between(of(before), of(other), of(after), part)
  }
  between((before.uptimeMs ?? 0) - 1_000, other.uptimeMs ?? 0, (after.uptimeMs ?? 0) + 1_000, 'uptime')
  // It tells of networks what it told somebody else within the last half of a second.
  const networks = new Map(other.networks?.map((network) => [network.name, network]))
  for (const { name, receivedBytes } of after.networks ?? []) {
    expect(networks.get(name)?.receivedBytes ?? 0, `of ${name}`).toBeLessThanOrEqual(receivedBytes)
    expect(networks.get(name)?.receivedBytes ?? receivedBytes, `of ${name}`).toBeGreaterThanOrEqual(receivedBytes * 0.9)
  }
  expect(networks.has('lo')).toBe(true)
  const root = (reading: typeof before): number | undefined =>
    reading.fileSystems?.find(({ mount }) => mount === '/')?.space?.totalBytes
  expect(root(other) ?? root(before)).toBe(root(before))
})

test.runIf(onLinux)('both list the same processes', { timeout: 90_000 }, async () => {
  await using ours = await openLinuxSource()
  await using theirs = await openPortableSource(patient)
  const before = new Map((await ours.processes()).processes.map((one) => [one.pid, one]))
  const listed = new Map((await theirs.processes()).processes.map((one) => [one.pid, one]))
  const after = new Map((await ours.processes()).processes.map((one) => [one.pid, one]))
  let compared = 0
  for (const [pid, one] of before) {
    // It tells again what it told somebody within the last half of a second.
    const isYoung = Date.now() - one.startedAtMs < 10_000
    if (isYoung || after.get(pid)?.startTicks !== one.startTicks) continue
    const other = listed.get(pid)
    expect(other, `${pid} ${one.name}`).toBeDefined()
    // Who has just been orphaned had another parent in what it told a moment ago.
    const parents = one.parent === 1 ? [1, other?.parent] : [one.parent, after.get(pid)?.parent]
    expect(parents).toContain(other?.parent)
    // In whole seconds there, and rounded by each in its own way.
    expect(Math.abs((other?.startedAtMs ?? 0) - one.startedAtMs)).toBeLessThanOrEqual(2_000)
    compared++
  }
  expect(compared).toBeGreaterThan(2)
  const own = listed.get(process.pid)
  expect(own?.user).toBe(before.get(process.pid)?.user)
  expect(own?.residentBytes).toBeGreaterThan(10_000_000)
  expect(readdirSync('/proc')).toContain(String(process.pid))
})
