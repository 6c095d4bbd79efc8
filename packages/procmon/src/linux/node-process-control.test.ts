import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { expect, test } from 'vitest'
import type { ProcessSignal } from '../contract.ts'
import type { ProcessIdentity } from '../readings.ts'
import { openLinuxSource } from './node-linux-source.ts'
import { openLinuxProcessControl, type LinuxProcessControlOptions } from './node-process-control.ts'
import { MachineFolder } from './testing/node-machine-folder.ts'

const bootId = '5b2f8c1e-6f0e-4a55-9a43-2f8f2f2f6c11'
const isElsewhere = process.platform !== 'linux'

/** Sends no signal anywhere, and says what it would have sent. */
class Lab implements Disposable {
  readonly folder = MachineFolder.recorded()
  readonly sent: (readonly [number, ProcessSignal | number])[] = []
  failure: Error | undefined

  control(more: LinuxProcessControlOptions = {}): ReturnType<typeof openLinuxProcessControl> {
    const act = (pid: number, what: ProcessSignal | number): void => {
      if (this.failure !== undefined) throw this.failure
      this.sent.push([pid, what])
    }
    return openLinuxProcessControl({ root: this.folder.root, kill: act, renice: act, ...more })
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]()
  }
}

const sleeper: ProcessIdentity = { bootId, pid: 302, startTicks: 4_722_640 }

test('a signal goes to the process that is meant', async () => {
  using lab = new Lab()
  await lab.control().signal(sleeper, 'SIGTERM')
  expect(lab.sent).toEqual([[302, 'SIGTERM']])
})

test.for([
  ['with another start', { ...sleeper, startTicks: 4_722_641 }],
  ['of another boot', { ...sleeper, bootId: 'a9a9a9a9-6f0e-4a55-9a43-2f8f2f2f6c11' }],
  ['of which there is none', { ...sleeper, pid: 999 }],
] as const)('one %s is not found, and nothing is sent', async ([, identity]) => {
  using lab = new Lab()
  await expect(lab.control().signal(identity, 'SIGKILL')).rejects.toMatchObject({ code: 'not-found' })
  await expect(lab.control().setNice(identity, 1)).rejects.toMatchObject({ code: 'not-found' })
  expect(lab.sent).toEqual([])
})

test('a process of everybody, this very program and threads of the kernel are not touched', async () => {
  using lab = new Lab()
  lab.folder.writeProcess(1, { startTicks: 5 })
  for (const identity of [sleeper, { bootId, pid: 2, startTicks: 24 }]) {
    const refusal = lab.control({ ownPid: 302 }).signal(identity, 'SIGKILL')
    await expect(refusal).rejects.toMatchObject({ code: 'refused' })
  }
  await expect(lab.control({ ownPid: 302 }).signal(sleeper, 'SIGKILL')).rejects.toThrow('is the node itself')
  await expect(lab.control().signal({ bootId, pid: 1, startTicks: 5 }, 'SIGKILL')).rejects.toMatchObject({
    name: 'FlotillaError',
  })
  for (const pid of [0, -1, -302, 1.5]) {
    await expect(lab.control().signal({ bootId, pid, startTicks: 5 }, 'SIGKILL')).rejects.toMatchObject({
      name: 'FlotillaError',
    })
  }
  expect(lab.sent).toEqual([])
})

test('what the system refuses has a code', async () => {
  using lab = new Lab()
  const refusal = async (failure: Error): Promise<unknown> => {
    lab.failure = failure
    return await lab
      .control()
      .signal(sleeper, 'SIGTERM')
      .catch((error: unknown) => error)
  }
  expect(await refusal(Object.assign(new Error('kill EPERM'), { code: 'EPERM' }))).toMatchObject({
    code: 'not-permitted',
  })
  expect(await refusal(Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' }))).toMatchObject({ code: 'not-found' })
  // As `os.setPriority` says it.
  const wrapped = Object.assign(new Error('setPriority'), { code: 'ERR_SYSTEM_ERROR', info: { code: 'EACCES' } })
  expect(await refusal(wrapped)).toMatchObject({ code: 'not-permitted' })
  expect(await refusal(new Error('something else'))).toMatchObject({ message: 'something else' })
})

test('threads that have the nice value of the first one get the new one, others keep theirs', async () => {
  using lab = new Lab()
  lab.folder.writeProcess(500, { nice: 3, threads: 3, startTicks: 7 })
  for (const [thread, nice] of [
    [500, 3],
    [501, 3],
    [502, -10],
  ] as const) {
    lab.folder.write({
      [`proc/500/task/${thread}/stat`]: readFileSync(`${lab.folder.root}/proc/500/stat`, 'utf8')
        .replace(/^500/, String(thread))
        .replace(' 20 3 ', ` 20 ${nice} `),
    })
  }
  lab.folder.write({ 'proc/500/task/503/stat': 'nonsense' })
  await lab.control().setNice({ bootId, pid: 500, startTicks: 7 }, 10)
  expect(lab.sent).toEqual([
    [500, 10],
    [501, 10],
  ])
})

async function startedNode(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout ?? child, 'data')
  return child
}

function nices(pid: number): Map<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number)
  return new Map(
    threads.map((thread) => [
      thread,
      Number(
        readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[16],
      ),
    ]),
  )
}

test.skipIf(isElsewhere)('a real process with threads is made nicer, stopped, continued and ended', async () => {
  const child = await startedNode()
  const pid = child.pid ?? 0
  try {
    await using source = await openLinuxSource()
    const control = openLinuxProcessControl()
    const look = async (): Promise<(ProcessIdentity & { readonly state: string; readonly nice: number }) | undefined> =>
      (await source.processes()).processes.find((one) => one.pid === pid)
    const identity = await look()
    if (identity === undefined) throw new Error('it was there')
    const others = [...nices(pid).keys()].filter((thread) => thread !== pid)
    const ownWay = others.at(-1) ?? 0
    setPriority(ownWay, 15)
    await control.setNice(identity, identity.nice + 4)
    for (const [thread, nice] of nices(pid)) expect(nice).toBe(thread === ownWay ? 15 : identity.nice + 4)
    await control.signal(identity, 'SIGSTOP')
    while ((await look())?.state !== 'stopped') await new Promise((resolve) => setImmediate(resolve))
    await control.signal(identity, 'SIGCONT')
    while ((await look())?.state === 'stopped') await new Promise((resolve) => setImmediate(resolve))
    await control.signal(identity, 'SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGTERM')
    await expect(control.signal(identity, 'SIGTERM')).rejects.toMatchObject({ code: 'not-found' })
  } finally {
    child.kill('SIGKILL')
  }
})

test.skipIf(isElsewhere)('a thread of this very program is this very program', async () => {
  const sent: number[] = []
  const control = openLinuxProcessControl({ kill: (pid) => void sent.push(pid) })
  const own = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  const threads = readdirSync('/proc/self/task').map(Number)
  expect(threads.length).toBeGreaterThan(1)
  for (const pid of threads) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '')
    const identity = { bootId: own, pid, startTicks: Number(stat.split(' ')[19]) }
    await expect(control.signal(identity, 'SIGKILL')).rejects.toThrow('is the node itself')
  }
  expect(sent).toEqual([])
})
