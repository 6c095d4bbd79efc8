import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { expect, test } from 'vitest'
import type { MachineSource, ProcessReading } from '../readings.ts'
import { openLinuxSource } from './node-linux-source.ts'
import { openLinuxProcessControl } from './node-process-control.ts'

const isElsewhere = process.platform !== 'linux'

/** What a program prints; undefined, which a test takes for a reason to be skipped, where there is no such program. */
function said(program: string, ...words: readonly string[]): string | undefined {
  try {
    return execFileSync(program, words, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  } catch {
    return undefined
  }
}

async function started(program: string, ...words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, words, { stdio: 'ignore' })
  await once(child, 'spawn')
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function find(source: MachineSource, pid: number | undefined): Promise<ProcessReading | undefined> {
  const { processes } = await source.processes({ detail: 'all' })
  return processes.find((process) => process.pid === pid)
}

test.skipIf(isElsewhere)('says of processes what ps says', async ({ skip }) => {
  await using source = await openLinuxSource()
  const before = await source.processes()
  const lines = said('ps', '-eo', 'pid=,ppid=,nice=,nlwp=,rss=,uid=,comm=')?.trimEnd().split('\n')
  if (lines === undefined) skip('ps is not installed')
  const after = new Map((await source.processes()).processes.map((process) => [process.pid, process]))
  const listed = new Map((lines ?? []).map((line) => [Number(line.trim().split(/\s+/)[0]), line.trim().split(/\s+/)]))
  let compared = 0
  for (const process of before.processes) {
    const same = after.get(process.pid)
    const [, parent, nice, threads, kibibytes] = listed.get(process.pid) ?? []
    if (same?.startTicks !== process.startTicks) continue
    expect(parent, `ps knows ${process.pid} too`).toBeDefined()
    // What did not change between our two readings ps saw as well.
    expect([same.parent, process.parent]).toContain(Number(parent))
    expect(Number(threads)).toBeGreaterThanOrEqual(Math.min(same.threads, process.threads) - 2)
    expect(Number(threads)).toBeLessThanOrEqual(Math.max(same.threads, process.threads) + 2)
    // It writes a dash for one that has no nice value, as those of real time.
    expect([same.nice, process.nice]).toContain(nice === '-' ? process.nice : Number(nice))
    // The kernel counts pages for each processor apart, and adds them up now and then.
    const tolerance = 2 ** 20 + Math.abs(same.residentBytes - process.residentBytes)
    const isSteady = same.processorMs === process.processorMs
    const difference = isSteady ? Math.abs(Number(kibibytes) * 1_024 - process.residentBytes) : 0
    expect(difference).toBeLessThanOrEqual(tolerance)
    compared++
  }
  expect(compared).toBeGreaterThan(2)
})

test.skipIf(isElsewhere)('says of memory what free says', async ({ skip }) => {
  const words = said('free', '-b')?.split('\n')[1]?.split(/\s+/)
  if (words === undefined) skip('free is not installed')
  await using source = await openLinuxSource()
  const { memory } = await source.system()
  const [, total, , free, , , available] = (words ?? []).map(Number)
  expect(memory?.totalBytes).toBe(total)
  expect(memory?.totalBytes).toBe(totalmem())
  // Others take and give back meanwhile: a tenth of the machine is tolerated.
  expect(Math.abs((memory?.freeBytes ?? 0) - Number(free))).toBeLessThan(Number(total) / 10)
  expect(Math.abs((memory?.availableBytes ?? 0) - Number(available))).toBeLessThan(Number(total) / 10)
})

test.skipIf(isElsewhere)('says of file systems what df says', async ({ skip }) => {
  const lines = said('df', '--block-size=1', '--output=target,size,used,avail,itotal')?.trimEnd().split('\n').slice(1)
  if (lines === undefined) skip('df is not installed, or not the one that we know')
  await using source = await openLinuxSource({ limits: { spaceDeadlineMs: 20_000 } })
  const { fileSystems = [] } = await source.system()
  const listed = new Map((lines ?? []).map((line) => [line.split(/\s+/)[0], line.split(/\s+/).slice(1).map(Number)]))
  let compared = 0
  for (const { mount, space } of fileSystems) {
    const [size, used, available, files] = listed.get(mount) ?? []
    if (size === undefined || space === undefined) continue
    expect(space.totalBytes, `at ${mount}`).toBe(size)
    expect(space.files, `at ${mount}`).toBe(files)
    const tolerance = Math.max(space.totalBytes / 20, 2 ** 30)
    expect(Math.abs(space.totalBytes - space.freeBytes - Number(used)), `at ${mount}`).toBeLessThan(tolerance)
    expect(Math.abs(space.availableBytes - Number(available)), `at ${mount}`).toBeLessThan(tolerance)
    compared++
  }
  expect(compared).toBeGreaterThan(0)
})

test.skipIf(isElsewhere)('tells of a child from its start to its end', async () => {
  await using source = await openLinuxSource()
  const child = await started('sleep', '1000')
  try {
    const found = await find(source, child.pid)
    expect(found).toMatchObject({ parent: process.pid, name: 'sleep', command: 'sleep 1000', threads: 1, nice: 0 })
    expect(found?.residentBytes).toBeGreaterThan(0)
    expect(found?.privateBytes).toBeLessThanOrEqual(found?.residentBytes ?? 0)
    expect(Math.abs((found?.startedAtMs ?? 0) - Date.now())).toBeLessThan(60_000)
    // Until it has read its libraries there are more.
    let openFiles = -1
    while (openFiles !== readdirSync(`/proc/${child.pid}/fd`).length) {
      openFiles = (await find(source, child.pid))?.openFiles ?? -1
    }
    expect(openFiles).toBeGreaterThanOrEqual(3)
  } finally {
    await ended(child)
  }
  expect(await find(source, child.pid)).toBeUndefined()
})

test.skipIf(isElsewhere)('tells of itself how much of the processor it has used', async () => {
  await using source = await openLinuxSource()
  const before = await find(source, process.pid)
  const used = process.cpuUsage()
  const goalMicroseconds = 100_000
  let turns = 0
  while (process.cpuUsage(used).user + process.cpuUsage(used).system < goalMicroseconds) turns++
  const after = await find(source, process.pid)
  expect(turns).toBeGreaterThan(0)
  // In whole ticks of 10 ms, of user and system time each.
  const usedMs = (after?.processorMs ?? 0) - (before?.processorMs ?? 0)
  expect(usedMs).toBeGreaterThanOrEqual(goalMicroseconds / 1_000 - 20)
  expect(usedMs).toBeLessThanOrEqual((process.cpuUsage(used).user + process.cpuUsage(used).system) / 1_000 + 20)
})

/** The kernel lets root say which number comes next. */
async function withNumber(pid: number): Promise<ChildProcess | undefined> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
    } catch {
      return undefined
    }
    const child = await started('sleep', '1000')
    if (child.pid === pid) return child
    await ended(child)
  }
  return undefined
}

test.skipIf(isElsewhere)(
  'a number that the kernel gives out again is another process, and is not sent a signal',
  async ({ skip }) => {
    await using source = await openLinuxSource()
    const control = openLinuxProcessControl()
    const first = await started('sleep', '1000')
    const former = await find(source, first.pid)
    await ended(first)
    const second = await withNumber(first.pid ?? 0)
    if (second === undefined) skip('only root says which number comes next')
    try {
      const found = await find(source, second?.pid)
      expect(found?.pid).toBe(former?.pid)
      expect(found?.name).toBe('sleep')
      expect(found?.startTicks).toBeGreaterThan(former?.startTicks ?? Infinity)
      if (former === undefined || found === undefined) throw new Error('both were there')
      await expect(control.signal(former, 'SIGKILL')).rejects.toMatchObject({ code: 'not-found' })
      await expect(control.setNice(former, 5)).rejects.toMatchObject({ code: 'not-found' })
      expect(await find(source, second?.pid)).toMatchObject({ startTicks: found.startTicks, nice: 0 })
      await control.signal(found, 'SIGKILL')
      if (second !== undefined) await once(second, 'exit')
    } finally {
      if (second !== undefined) await ended(second)
    }
  },
)

test.skipIf(isElsewhere)(
  'numbers that are used again quickly, among many short processes, never mix up two of them',
  async () => {
    await using source = await openLinuxSource({ limits: { descriptorsMax: 64 } })
    const seen = new Map<string, string>()
    const running = new Set<number>()
    const spawnOne = (index: number): Promise<void> => {
      running.add(index)
      const child = spawn('sh', ['-c', `exec sleep 0.0${index % 10}${index}`], { stdio: 'ignore' })
      return once(child, 'exit').then(() => void running.delete(index))
    }
    const all = Array.from({ length: 60 }, (_, index) => spawnOne(index))
    while (running.size > 0) {
      const { processes, problems } = await source.processes({ detail: 'all' })
      expect(problems).toEqual([])
      for (const { pid, startTicks, name, command } of processes) {
        if (name !== 'sleep' || !command.startsWith('sleep 0.0')) continue
        const identity = `${pid} ${startTicks}`
        expect(seen.get(identity) ?? command).toBe(command)
        seen.set(identity, command)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(all)
    expect(new Set(seen.values()).size).toBe(seen.size)
  },
)
