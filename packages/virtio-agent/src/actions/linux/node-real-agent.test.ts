import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programRunner } from '../../execution/node-program-runner.ts'
import { QgaDialect } from '../../qga/dialect.ts'
import { askDialect, hasRealAgent, RealAgent } from '../../testing/node-real-agent.ts'
import { openLinuxSystem } from './node-linux-system.ts'

type Reply = Readonly<Record<string, unknown>>

/** This machine, asked by the original and by ours at the same time. Nothing here changes it. */
describe.runIf(hasRealAgent)('beside the original, of this machine', () => {
  let real: RealAgent
  let ours: QgaDialect
  const folder = mkdtempSync(join(tmpdir(), 'beside-'))
  const owned = new AsyncDisposableStack()

  beforeAll(async () => {
    const runner = owned.use(programRunner())
    const policy = { files: true, exec: true }
    const system = owned.use(await openLinuxSystem({ runner, policy, stateFolder: folder }))
    ours = owned.use(new QgaDialect({ system, version: '1' }))
    real = await RealAgent.start()
    owned.defer(() => real.stop())
  }, 30_000)
  afterAll(async () => {
    await owned.disposeAsync()
    rmSync(folder, { recursive: true })
  })

  const returned = (lines: readonly string[]): unknown => {
    const reply = JSON.parse(lines[0] ?? '{}') as { readonly return?: unknown; readonly error?: Reply }
    return reply.error === undefined ? reply.return : { class: reply.error['class'] }
  }
  const both = async (command: string, given?: Reply): Promise<readonly [unknown, unknown]> => {
    const text = `${JSON.stringify({ execute: `guest-${command}`, arguments: given })}\n`
    const theirs = returned(await real.ask(text))
    return [theirs, returned(await askDialect(ours, text))]
  }
  /** Lists in an order of their own, as neither promises any. */
  const lists = async (command: string, key: string): Promise<readonly [readonly Reply[], readonly Reply[]]> => {
    const sorted = (reply: unknown): readonly Reply[] =>
      (reply as readonly Reply[]).toSorted((one, other) => (String(one[key]) < String(other[key]) ? -1 : 1))
    const [theirs, mine] = await both(command)
    return [sorted(theirs), sorted(mine)]
  }

  test.each(['get-host-name', 'get-timezone', 'get-osinfo', 'get-memory-block-info', 'get-users', 'fsfreeze-status'])(
    'guest-%s says the same',
    async (command) => {
      const [theirs, mine] = await both(command)
      expect(mine).toEqual(theirs)
    },
  )

  test.each([
    ['get-vcpus', 'logical-id'],
    ['get-memory-blocks', 'phys-index'],
  ])('guest-%s says the same', async (command, key) => {
    const [theirs, mine] = await lists(command, key)
    expect(mine).toEqual(theirs)
  })

  test('interfaces have the same addresses, and counters of the same names', async () => {
    const [theirs, mine] = await lists('network-get-interfaces', 'name')
    const addressed = (each: Reply): Reply => ({ ...each, statistics: undefined })
    expect(mine.map(addressed)).toEqual(theirs.map(addressed))
    const counters = (each: Reply | undefined): readonly string[] => Object.keys(each?.['statistics'] ?? {}).toSorted()
    // It tells those of interfaces that have addresses only.
    const counted = theirs.flatMap((each, index) => (each['statistics'] === undefined ? [] : [index]))
    expect(counted.map((index) => counters(mine[index]))).toEqual(counted.map((index) => counters(theirs[index])))
  })

  /** Built without libudev, the original does not tell serial numbers. */
  const plainDisk = (disk: unknown): Reply => ({ ...(disk as Reply), serial: undefined })

  test('file systems are the same, on the same disks, of the same size', async () => {
    const [theirs, mine] = await lists('get-fsinfo', 'mountpoint')
    const steady = (each: Reply): Reply => ({
      ...each,
      disk: (each['disk'] as readonly unknown[]).map(plainDisk),
      'used-bytes': typeof each['used-bytes'],
      'total-bytes-privileged': undefined,
    })
    expect(mine.map(steady)).toEqual(theirs.map(steady))
  })

  test('disks are the same', async () => {
    const [theirs, mine] = await lists('get-disks', 'name')
    const plain = (each: Reply): Reply => ({ ...each, address: plainDisk(each['address']) })
    expect(mine.map(plain)).toEqual(theirs.map(plain))
  })

  test('disks and processors have the same counters, which only grow', async () => {
    const grown = (theirs: Reply, mine: Reply, steady: readonly string[]): void => {
      expect(Object.keys(mine).toSorted()).toEqual(Object.keys(theirs).toSorted())
      for (const name of steady) expect(mine[name]).toBeGreaterThanOrEqual(theirs[name] as number)
    }
    const [theirDisks, myDisks] = await lists('get-diskstats', 'name')
    expect(myDisks.map(({ name, major, minor }) => [name, major, minor])).toEqual(
      theirDisks.map(({ name, major, minor }) => [name, major, minor]),
    )
    for (const [index, { stats }] of theirDisks.entries()) {
      grown(stats as Reply, myDisks[index]?.['stats'] as Reply, ['read-ios', 'write-sectors', 'read-sectors'])
    }
    const [theirCores, myCores] = await lists('get-cpustats', 'cpu')
    expect(myCores.map(({ cpu }) => cpu)).toEqual(theirCores.map(({ cpu }) => cpu))
    for (const [index, core] of theirCores.entries()) grown(core, myCores[index] ?? {}, ['user', 'system', 'nice'])
  })

  test('a file is opened, written, sought in, read and closed with the same answers', async () => {
    const path = join(folder, 'both')
    const handles: [number, number] = [0, 0]
    const step = async (command: string, given: Reply = {}): Promise<void> => {
      const replies = [real.ask.bind(real), askDialect.bind(undefined, ours)].map(async (ask, index) => {
        const whole = { handle: handles[index], ...given }
        return returned(await ask(`${JSON.stringify({ execute: `guest-file-${command}`, arguments: whole })}\n`))
      })
      const [theirs, mine] = await Promise.all(replies)
      expect([command, given, mine]).toEqual([command, given, theirs])
    }
    const names = [`${path}-theirs`, `${path}-ours`]
    const [their, my] = await Promise.all([
      real.ask(`${JSON.stringify({ execute: 'guest-file-open', arguments: { path: names[0], mode: 'w+' } })}\n`),
      askDialect(ours, JSON.stringify({ execute: 'guest-file-open', arguments: { path: names[1], mode: 'w+' } })),
    ])
    handles.splice(0, 2, returned(their) as number, returned(my) as number)
    await step('write', { 'buf-b64': btoa('hello world') })
    await step('seek', { offset: 6, whence: 'set' })
    await step('read', { count: 5 })
    await step('read', { count: 5 })
    await step('seek', { offset: -11, whence: 2 })
    await step('read')
    await step('write', { 'buf-b64': btoa('!'), count: 0 })
    await step('seek', { offset: -1, whence: 'set' })
    await step('flush')
    await step('close')
    await step('read')
  })

  test('a program that is not there is refused', async () => {
    const [theirs, mine] = await both('exec', { path: '/no/such/program' })
    expect([theirs, mine]).toEqual([{ class: 'GenericError' }, { class: 'GenericError' }])
  })

  test.each([
    [{ path: 'sh', arg: ['-c', 'echo out; echo err >&2; exit 3'], 'capture-output': true }],
    [{ path: 'sh', arg: ['-c', 'kill -9 $$'] }],
    [{ path: 'cat', 'input-data': btoa('through'), 'capture-output': true }],
    [{ path: '/usr/bin/env', env: ['ONLY=this'], 'capture-output': true }],
    [{ path: 'true' }],
  ])('%j ends in the same way', async (given) => {
    const ask = (text: string): readonly Promise<readonly string[]>[] => [real.ask(text), askDialect(ours, text)]
    const started = await Promise.all(ask(`${JSON.stringify({ execute: 'guest-exec', arguments: given })}\n`))
    const pids = started.map((lines) => (returned(lines) as { readonly pid?: number }).pid)
    const outcome = async (tell: (text: string) => Promise<readonly string[]>, pid: unknown): Promise<Reply> => {
      const text = `${JSON.stringify({ execute: 'guest-exec-status', arguments: { pid } })}\n`
      let status = returned(await tell(text)) as Reply
      for (let tries = 0; tries < 100 && status['exited'] !== true; tries++) {
        await sleep(50)
        status = returned(await tell(text)) as Reply
      }
      expect(returned(await tell(text))).toEqual({ class: 'GenericError' })
      return status
    }
    const mine = await outcome((text) => askDialect(ours, text), pids[1])
    expect(mine).toEqual(await outcome((text) => real.ask(text), pids[0]))
  })
})
