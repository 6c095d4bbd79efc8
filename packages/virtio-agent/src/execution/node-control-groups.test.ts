/** Control groups of version 2: what becomes of those of an earlier life, and of those that do not go at once. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlGroups, type ProgramGroup } from './node-control-groups.ts'
import { programRunner } from './node-program-runner.ts'

const patience = { timeout: 20_000, interval: 20 }
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function sleeper(): ChildProcess {
  return spawn('sleep', ['600'], { stdio: 'ignore' })
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid ?? 0
}

describe.skipIf(process.platform === 'win32')('groups that are found', () => {
  test('are ended where their agent is dead, and left alone where it may still wait for them', async () => {
    const root = await mkdtemp(join(tmpdir(), 'flotilla-groups-'))
    const other = sleeper()
    try {
      const folder = join(root, 'flotilla-agent')
      const dead = `program-${await pidOfTheDead()}-1`
      const [alive, own, strange] = [`program-${other.pid}-1`, `program-${process.pid}-9`, 'program-x-1']
      for (const name of [dead, alive, own, strange]) await mkdir(join(folder, name), { recursive: true })
      await writeFile(join(root, 'cgroup.controllers'), 'cpu io memory pids\n')
      await writeFile(join(folder, 'cgroup.procs'), '')
      expect(ControlGroups.find(root)).toBeDefined()
      const isKilled = (name: string): boolean => existsSync(join(folder, name, 'cgroup.kill'))
      // Its own number may be that of an earlier life, which had it before.
      expect([dead, own, alive, strange].map(isKilled)).toEqual([true, true, false, false])
      expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu')
    } finally {
      other.kill('SIGKILL')
      await rm(root, { recursive: true })
    }
  })

  test('are none where they could not limit anything, or are not ours to make', async () => {
    const root = await mkdtemp(join(tmpdir(), 'flotilla-groups-'))
    try {
      expect(ControlGroups.find(root)).toBeUndefined()
      await writeFile(join(root, 'cgroup.controllers'), 'hugetlb\n')
      expect(ControlGroups.find(root)).toBeUndefined()
      expect(await readdir(root)).toEqual(['cgroup.controllers'])
      await writeFile(join(root, 'cgroup.controllers'), 'memory pids\n')
      expect(ControlGroups.find(root)).toBeUndefined()
    } finally {
      await rm(root, { recursive: true })
    }
  })
})

describe.skipIf(process.platform === 'win32')('a group that does not go at once', () => {
  /** Goes at the removal of that number; 0 for never. */
  async function removals(goesAt: number): Promise<() => number> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-group-'))
    let tries = 0
    const group: ProgramGroup = {
      folder,
      usage: () => ({}),
      kill: () => {},
      remove: () => ++tries === goesAt,
    }
    const runner = programRunner({ groups: { make: () => group }, limits: { endGraceMs: 1 } })
    const running = await runner.start({
      path: 'true',
      arguments: [],
      capture: 'separated',
      outputBytesMax: 10,
      confinement: {},
    })
    expect((await running.ended).exitCode).toBe(0)
    await runner[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
    return () => tries
  }

  test('is removed again and again, until it is gone', async () => {
    const tries = await removals(4)
    await expect.poll(tries, patience).toBe(4)
  })

  test('is left to the next life where it never goes', async () => {
    const tries = await removals(0)
    // The first, and as many as there are left.
    await expect.poll(tries, patience).toBe(9)
  })
})

/** A group of ours in a real hierarchy of version 2; else why there is none. */
function realGroup(): { readonly folder: string } | { readonly why: string } {
  if (process.platform !== 'linux') return { why: 'this is no Linux' }
  const places = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => (line.split(' ')[2] === 'cgroup2' ? [line.split(' ')[1] ?? ''] : []))
  if (places.length === 0) return { why: 'no control groups of version 2 are mounted here' }
  for (const place of places) {
    const folder = join(place, `flotilla-test-${process.pid}`)
    try {
      mkdirSync(folder)
      accessSync(join(folder, 'cgroup.kill'), constants.W_OK)
      return { folder }
    } catch {
      // A container shows them, and lets nobody make one; older kernels cannot end one as a whole.
    }
  }
  return { why: 'no control group of version 2 can be made here' }
}

const real = realGroup()
const skipped = 'why' in real ? `; skipped, as ${real.why}` : ''

describe.skipIf('why' in real)(`a program in a real control group${skipped}`, () => {
  const folder = 'folder' in real ? real.folder : ''
  let groups: ControlGroups

  beforeAll(() => {
    groups = ControlGroups.below(folder)
  })
  afterAll(() => rmdirSync(folder))

  const left = async (): Promise<readonly string[]> =>
    (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name)

  test('ends with all that it has started, also what has left its session; then the group is gone', async () => {
    await using runner = programRunner({ groups })
    const busy = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
    const script = `setsid sleep 600 >/dev/null 2>&1 & echo $!; cat /proc/self/cgroup; ${busy}`
    const running = await runner.start({
      path: 'sh',
      arguments: ['-c', script],
      capture: 'separated',
      outputBytesMax: 10_000,
      confinement: {},
    })
    const { exitCode, stdout, usage } = await running.ended
    const [pid = '', ...places] = text(stdout).split('\n')
    expect(exitCode).toBe(0)
    expect(places.join('\n')).toContain(`program-${process.pid}-`)
    await expect.poll(() => isAlive(Number(pid)), patience).toBe(false)
    await expect.poll(left, patience).toEqual([])
    expect(usage.processorMs).toBeGreaterThan(0)
  })

  test('is ended after its time where nothing in it listens', async () => {
    await using runner = programRunner({ groups, limits: { endGraceMs: 50 } })
    const script = 'trap "" TERM; (trap "" TERM; setsid sleep 600) & sleep 600'
    const running = await runner.start({
      path: 'sh',
      arguments: ['-c', script],
      capture: 'separated',
      outputBytesMax: 10,
      confinement: {},
      timeoutMs: 200,
    })
    expect(await running.ended).toMatchObject({ endedBy: 'timeout', signal: 'SIGKILL' })
    await expect.poll(left, patience).toEqual([])
  })

  test('of an agent that was killed is ended by the next one, and that of one that lives is not', async () => {
    const [orphan, kept, holder] = [sleeper(), sleeper(), sleeper()]
    try {
      const names = [`program-${await pidOfTheDead()}-1`, `program-${holder.pid}-1`]
      for (const [index, name] of names.entries()) {
        mkdirSync(join(folder, name))
        writeFileSync(join(folder, name, 'cgroup.procs'), String([orphan, kept][index]?.pid))
      }
      const ended = once(orphan, 'exit')
      ControlGroups.below(folder)
      expect(await ended).toEqual([null, 'SIGKILL'])
      expect([kept.exitCode, kept.signalCode]).toEqual([null, null])
      // A later life finds the first empty, and takes it away.
      await expect.poll(async () => (ControlGroups.below(folder), await left()), patience).toEqual([names[1]])
      const gone = [once(kept, 'exit'), once(holder, 'exit')]
      kept.kill('SIGKILL')
      holder.kill('SIGKILL')
      await Promise.all(gone)
      await expect.poll(async () => (ControlGroups.below(folder), await left()), patience).toEqual([])
    } finally {
      for (const child of [orphan, kept, holder]) child.kill('SIGKILL')
    }
  })
})
