import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ManualClock } from '@flotilla/core/testing'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import type { LinuxSourceLimits } from './limits.ts'
import { openLinuxSource } from './node-linux-source.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

/** Turns never end, as the clock does not move; whoever wants to moves it. */
async function opened(
  folder: MachineFolder,
  limits: Partial<LinuxSourceLimits> = {},
): Promise<
  { read: (detail?: 'all' | ReadonlySet<number>) => Promise<ProcessesReading>; clock: ManualClock } & AsyncDisposable
> {
  const clock = new ManualClock()
  const source = await openLinuxSource({ root: folder.root, clock, limits })
  return {
    clock,
    read: (detail) => source.processes(detail === undefined ? {} : { detail }),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  }
}

function one({ processes }: ProcessesReading, pid: number): ProcessReading | undefined {
  return processes.find((process) => process.pid === pid)
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

const isElsewhere = process.platform !== 'linux'

test('processes as they were recorded', async () => {
  using folder = MachineFolder.recorded()
  await using machine = await opened(folder)
  const { processes, problems, total } = await machine.read()
  expect(problems).toEqual([])
  expect(total).toBe(3)
  expect(processes.map(({ pid, name, command, state }) => ({ pid, name, command, state }))).toEqual([
    { pid: 2, name: 'kthreadd', command: '[kthreadd]', state: 'sleeping' },
    { pid: 301, name: 'a) S 1 (b', command: '/opt/a) S 1 (b 30', state: 'sleeping' },
    { pid: 302, name: 'sleep', command: 'worker: idle 31', state: 'sleeping' },
  ])
  expect(processes[1]).toMatchObject({
    bootId: '5b2f8c1e-6f0e-4a55-9a43-2f8f2f2f6c11',
    startTicks: 4_722_640,
    parent: 1,
    threads: 1,
    nice: 0,
    residentBytes: 414 * 4_096,
  })
})

test('each field is what its file says', async () => {
  using folder = MachineFolder.recorded()
  folder.write({ 'proc/uptime': '5000.00 1.00\n' })
  folder.write({ 'etc/passwd': `somebody:x:${process.getuid?.() ?? 0}:0::/:/bin/sh\n` })
  folder.writeProcess(400, {
    name: 'tmux: server',
    state: 'D',
    parent: 302,
    userTicks: 150,
    systemTicks: 50,
    nice: -5,
    threads: 7,
    startTicks: 12_345,
    residentPages: 100,
    sharedPages: 30,
    command: ['tmux', 'new', '-s', 'x'],
    io: 'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n',
  })
  await using machine = await opened(folder)
  const wallMs = machine.clock.wallNow()
  const plain = one(await machine.read(), 400)
  expect(plain).toEqual({
    bootId: '5b2f8c1e-6f0e-4a55-9a43-2f8f2f2f6c11',
    pid: 400,
    startTicks: 12_345,
    parent: 302,
    name: 'tmux: server',
    command: 'tmux new -s x',
    user: 'somebody',
    state: 'waiting',
    processorMs: 2_000,
    residentBytes: 100 * 4_096,
    privateBytes: 70 * 4_096,
    threads: 7,
    nice: -5,
    startedAtMs: wallMs - 5_000_000 + 123_450,
  })
  folder.write({ 'proc/400/fd/0': '', 'proc/400/fd/1': '', 'proc/400/fd/17': '' })
  expect(one(await machine.read('all'), 400)).toEqual({ ...plain, openFiles: 3, readBytes: 4_096, writtenBytes: 8_192 })
  expect(one(await machine.read(new Set([301])), 400)).toEqual(plain)
  expect(one(await machine.read(new Set([400])), 400)).toMatchObject({ openFiles: 3 })
})

test('a number that is given to another process makes another process of it', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500, { startTicks: 10_000, name: 'first', command: ['first', 'x'] })
  await using machine = await opened(folder)
  expect(one(await machine.read(), 500)).toMatchObject({ startTicks: 10_000, name: 'first', command: 'first x' })
  // The same name, so that only the start tells.
  folder.writeProcess(500, { startTicks: 10_001, name: 'first', command: ['second', 'y'] })
  expect(one(await machine.read(), 500)).toMatchObject({ startTicks: 10_001, command: 'second y' })
})

test('a process that becomes another program has another name and command at once', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500, { name: 'sh', command: ['sh', '-c', 'exec sleep 5'] })
  await using machine = await opened(folder)
  await machine.read()
  folder.writeProcess(500, { name: 'sleep', command: ['sleep', '5'] })
  expect(one(await machine.read(), 500)).toMatchObject({ startTicks: 1_000, name: 'sleep', command: 'sleep 5' })
})

test('a command that a process writes over itself is seen after a while', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500, { command: ['worker: starting'] })
  await using machine = await opened(folder, { describeEveryMs: 60_000 })
  await machine.read()
  folder.writeProcess(500, { command: ['worker: idle'] })
  expect(one(await machine.read(), 500)?.command).toBe('worker: starting')
  machine.clock.advance(60_000)
  expect(one(await machine.read(), 500)?.command).toBe('worker: idle')
})

test('private memory is counted again when a process has run or has grown', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500, { userTicks: 1, residentPages: 100, sharedPages: 40 })
  await using machine = await opened(folder)
  expect(one(await machine.read(), 500)?.privateBytes).toBe(60 * 4_096)
  folder.writeProcess(500, { userTicks: 2, residentPages: 100, sharedPages: 10 })
  expect(one(await machine.read(), 500)?.privateBytes).toBe(90 * 4_096)
  folder.writeProcess(500, { userTicks: 2, residentPages: 110, sharedPages: 10 })
  expect(one(await machine.read(), 500)?.privateBytes).toBe(100 * 4_096)
})

test('one whose files cannot be read, or make no sense, is a problem, and the others are there', async () => {
  using folder = MachineFolder.recorded()
  folder.write({ 'proc/600/stat': 'nonsense\n', 'proc/601/stat': '', 'proc/602/cmdline': '', 'proc/603': 'a file' })
  folder.write({ 'proc/604/stat': '605 (other) S 1 1 1\n' })
  await using machine = await opened(folder)
  const { processes, problems } = await machine.read()
  expect(processes.map(({ pid }) => pid)).toEqual([2, 301, 302])
  expect(problems).toEqual([
    {
      part: 'processes: 3 of them',
      code: 'wrong-format',
      message: '/proc/600/stat does not have the form that we know',
    },
  ])
})

test('without any /proc there is a problem and no process', async () => {
  using folder = new MachineFolder()
  await using machine = await opened(folder)
  const { processes, problems } = await machine.read()
  expect(processes).toEqual([])
  expect(problems).toMatchObject([{ part: 'processes', code: 'not-found' }])
})

test('no more processes than the limit are read, and it is told', async () => {
  using folder = MachineFolder.recorded()
  for (let pid = 1_000; pid < 1_100; pid++) folder.writeProcess(pid)
  await using machine = await opened(folder, { processesMax: 50 })
  const { processes, total, problems } = await machine.read()
  expect(processes).toHaveLength(50)
  expect(processes.at(-1)?.pid).toBe(1_046)
  expect(total).toBe(103)
  expect(problems).toMatchObject([{ code: 'limit-reached' }])
})

test('commands are cut at the limit', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500, { command: ['x'.repeat(10_000)] })
  await using machine = await opened(folder, { commandBytesMax: 100 })
  expect(one(await machine.read(), 500)?.command).toBe('x'.repeat(100))
})

test('the names of users are read again when they have changed', async () => {
  using folder = MachineFolder.recorded()
  folder.writeProcess(500)
  await using machine = await opened(folder)
  const uid = process.getuid?.() ?? 0
  folder.write({ 'etc/passwd': `somebody:x:${uid}:0::/:/bin/sh\n` })
  expect(one(await machine.read(), 500)?.user).toBe('somebody')
  folder.write({ 'etc/passwd': `somebody-else:x:${uid}:0::/:/bin/sh\n` })
  expect(one(await machine.read(), 500)?.user).toBe('somebody-else')
  folder.remove('etc/passwd')
  expect(one(await machine.read(), 500)?.user).toBe(String(uid))
})

test.skipIf(isElsewhere).for([0, 1, 7, 50, 4_096])(
  'with %i descriptors it reads the same, and lets go of all in the end',
  async (descriptorsMax) => {
    using folder = MachineFolder.recorded()
    const before = descriptors()
    for (let pid = 1_000; pid < 1_020; pid++)
      folder.writeProcess(pid, { userTicks: pid, io: 'read_bytes: 1\nwrite_bytes: 2\n' })
    {
      await using machine = await opened(folder, { descriptorsMax })
      const first = await machine.read('all')
      for (let round = 0; round < 3; round++) {
        for (let pid = 1_000; pid < 1_020; pid++)
          folder.writeProcess(pid, { userTicks: pid + round, io: 'read_bytes: 1\nwrite_bytes: 2\n' })
        const again = await machine.read(round % 2 === 0 ? 'all' : undefined)
        expect(again.processes.map(({ pid, startTicks }) => [pid, startTicks])).toEqual(
          first.processes.map(({ pid, startTicks }) => [pid, startTicks]),
        )
        expect(again.problems).toEqual([])
        expect(descriptors() - before).toBeLessThanOrEqual(descriptorsMax + 3)
        expect(descriptors() - before).toBeGreaterThanOrEqual(Math.min(descriptorsMax, 20))
      }
      // Numbers that are used again, and processes that end, leave nothing open behind them.
      for (let pid = 1_000; pid < 1_010; pid++) folder.writeProcess(pid, { startTicks: 99_999 })
      for (let pid = 1_010; pid < 1_020; pid++) folder.remove(`proc/${pid}`)
      expect((await machine.read('all')).processes).toHaveLength(13)
      await machine.read()
      expect(descriptors() - before).toBeLessThanOrEqual(13 * 4)
    }
    expect(descriptors()).toBe(before)
  },
)

test('a reading of many processes lets others have their turn, and ends at the signal', async () => {
  using folder = MachineFolder.recorded()
  for (let pid = 1_000; pid < 1_300; pid++) folder.writeProcess(pid)
  const clock = new ManualClock()
  // Every look at the clock finds the turn over.
  const hasty = {
    now: () => (clock.advance(20), clock.now()),
    wallNow: () => clock.wallNow(),
    wakeAt: clock.wakeAt.bind(clock),
  }
  await using source = await openLinuxSource({ root: folder.root, clock: hasty })
  let turns = 0
  const count = (): void => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  expect((await source.processes()).processes).toHaveLength(303)
  expect(turns).toBeGreaterThanOrEqual(4)
  const reading = source.processes({ signal: AbortSignal.abort(new Error('enough')) })
  await expect(reading).rejects.toThrow('enough')
  const ended = new AbortController()
  setImmediate(() => ended.abort(new Error('not so long')))
  await expect(source.processes({ signal: ended.signal })).rejects.toThrow('not so long')
  expect((await source.processes()).processes).toHaveLength(303)
  clearImmediate(timer)
})

test('who asks too often at once is refused, and who has been closed says so', async () => {
  using folder = MachineFolder.recorded()
  const source = await openLinuxSource({ root: folder.root, limits: { readingsWaitingMax: 2 } })
  const two = [source.processes(), source.processes()]
  await expect(source.processes()).rejects.toMatchObject({ code: 'overloaded' })
  await Promise.all(two)
  const last = source.processes()
  await source[Symbol.asyncDispose]()
  await expect(last).rejects.toMatchObject({ code: 'closed' })
  await expect(source.processes()).rejects.toMatchObject({ code: 'closed' })
  await expect(source.system()).rejects.toMatchObject({ code: 'closed' })
  await source[Symbol.asyncDispose]()
})
