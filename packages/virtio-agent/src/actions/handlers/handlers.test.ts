import { describe, expect, test } from 'vitest'
import type { CommandName } from '../../contract.ts'
import { GuestMachine } from '../../testing/guest-machine.ts'

const signed = { isSigned: true } as const

/** Those arguments that are not refused as wrong before anything is done. */
async function notRefused(
  name: CommandName,
  ...all: readonly Readonly<Record<string, unknown>>[]
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (const given of all) {
    const guest = new GuestMachine()
    const outcome = await guest.order(name, given, signed)
    const isRefused = outcome.type === 'refused' && outcome.code === 'wrong-arguments'
    if (!isRefused || guest.asked.length + guest.runner.lines.length > 0) found.push([given, outcome, guest.asked])
  }
  return found
}

function valueOf(outcome: unknown): unknown {
  expect(outcome).toMatchObject({ type: 'done' })
  return (outcome as { readonly value: unknown }).value
}

describe('facts', () => {
  test('are told as the machine has them', async () => {
    const guest = new GuestMachine()
    expect(valueOf(await guest.order('ping'))).toBe(null)
    const about = { agentVersion: '1.2', hostName: 'vm1', os: { id: 'debian' } }
    expect(valueOf(await guest.order('info'))).toMatchObject({ ...about, commands: guest.commands.supported() })
    await guest.order('metrics.get')
    await guest.order('metrics.get', { detail: 'brief' })
    expect(guest.asked.slice(-2)).toEqual(['metrics full', 'metrics brief'])
    expect(valueOf(await guest.order('time.get'))).toEqual({
      wallMs: guest.clock.wallNow(),
      timezone: { zone: 'UTC', offsetSeconds: 0 },
    })
    expect(valueOf(await guest.order('network.show'))).toEqual({
      interfaces: [{ name: 'eth0', addresses: [] }],
      routes: [],
    })
    expect(valueOf(await guest.order('disk.show'))).toMatchObject({ fileSystems: [{ mount: '/' }], disks: [{}] })
    expect(valueOf(await guest.order('user.list'))).toEqual({ users: [{ user: 'ann', loginTimeSeconds: 1 }] })
  })

  test('are asked for with no other arguments', async () => {
    for (const name of ['ping', 'info', 'time.get', 'network.show', 'disk.show', 'user.list'] as const) {
      expect(await notRefused(name, { x: 1 }, { constructor: 1 })).toEqual([])
    }
    expect(await notRefused('metrics.get', { detail: 'all' }, { detail: null }, { details: 'full' })).toEqual([])
  })
})

describe('services', () => {
  const ssh = { name: 'ssh', description: 'OpenSSH', state: 'running', isEnabled: true } as const
  const cron = { name: 'cron', description: '', state: 'stopped' } as const

  test('are listed, all or one, up to a limit', async () => {
    const guest = new GuestMachine({ limits: { servicesListedMax: 1 } })
    guest.services = [ssh, cron]
    expect(valueOf(await guest.order('service.list'))).toEqual({ services: [ssh], more: true })
    expect(valueOf(await guest.order('service.list', { name: 'cron' }))).toEqual({ services: [cron], more: false })
  })

  test('are started, stopped and enabled by their names', async () => {
    const guest = new GuestMachine()
    for (const act of ['start', 'stop', 'restart', 'enable', 'disable'] as const) {
      expect(valueOf(await guest.order(`service.${act}`, { name: 'getty@tty1' }))).toEqual({ name: 'getty@tty1' })
    }
    const name = 'getty@tty1'
    expect(guest.asked).toEqual([
      `start ${name}`,
      `stop ${name}`,
      `restart ${name}`,
      `enable ${name}`,
      `disable ${name}`,
    ])
  })

  test('have names that are no options, paths or patterns', async () => {
    const names = [
      '',
      '-x',
      '--now',
      '../x',
      'a/b',
      'a b',
      'a*',
      'a;b',
      '$(id)',
      'a\nb',
      'a\0',
      'x'.repeat(257),
      7,
      null,
    ]
    expect(
      await notRefused('service.start', {}, ...names.map((name) => ({ name })), { name: 'a', force: true }),
    ).toEqual([])
  })
})

describe('packages', () => {
  const nano = { name: 'nano', version: '7.2', isInstalled: true }

  test('are listed and looked for, up to a limit', async () => {
    const guest = new GuestMachine({ limits: { packagesListedMax: 1 } })
    guest.packages = [nano, { ...nano, name: 'vim' }]
    const told = { manager: 'apt', packages: [nano], more: true }
    expect(valueOf(await guest.order('package.list'))).toEqual(told)
    expect(valueOf(await guest.order('package.search', { text: 'text editor' }))).toEqual(told)
    expect(
      await notRefused(
        'package.search',
        {},
        { text: '' },
        { text: '-n' },
        { text: '.*' },
        { text: '(a|b)' },
        { text: 'a\nb' },
      ),
    ).toEqual([])
  })

  test('are installed, removed and updated by strict names', async () => {
    const guest = new GuestMachine()
    const names = ['g++', 'libc6:i386', 'nano=7.2-1+b1', 'a~b', 'python3.11']
    expect(valueOf(await guest.order('package.install', { names }))).toEqual({ names })
    await guest.order('package.remove', { names: ['nano'] })
    await guest.order('package.update', { names: ['nano'] })
    await guest.order('package.update')
    expect(guest.asked).toEqual([`install ${names.join(',')}`, 'remove nano', 'update nano', 'update '])
    const odd = [
      '',
      '-y',
      '--purge',
      '.*',
      '~i',
      '?installed',
      '@group',
      'a b',
      'a/b',
      'http://x/a.deb',
      './a.deb',
      '*',
      'a$b',
      5,
    ]
    for (const act of ['install', 'remove', 'update'] as const) {
      expect(
        await notRefused(
          `package.${act}`,
          ...odd.map((name) => ({ names: [name] })),
          { names: 'nano' },
          { name: ['nano'] },
        ),
      ).toEqual([])
      expect(await notRefused(`package.${act}`, { names: Array.from({ length: 101 }, () => 'nano') })).toEqual([])
    }
    expect(await notRefused('package.install', {}, { names: [] })).toEqual([])
    expect(await notRefused('package.remove', {}, { names: [] })).toEqual([])
  })
})

describe('files', () => {
  test('are read, written and listed', async () => {
    const guest = new GuestMachine()
    expect(valueOf(await guest.order('file.read', { path: '/srv/a', position: 1, bytes: 3 }))).toEqual({
      content: 'ZWxs',
      position: 1,
      bytes: 3,
      fileBytes: 5,
    })
    expect(valueOf(await guest.order('file.write', { path: '/srv/a', content: 'aGk=' }))).toEqual({ bytes: 2 })
    await guest.order('file.write', { path: '/srv/a', content: '', replace: true })
    expect(valueOf(await guest.order('file.list', { path: '/srv' }))).toEqual({
      files: [{ name: 'a', type: 'file', bytes: 5, changedAtMs: 1 }],
      more: false,
    })
    expect(guest.asked).toEqual(['read /srv/a 1 3', 'write /srv/a 2 false', 'write /srv/a 0 true', 'list /srv 10000'])
  })

  test('come within limits, and in base64', async () => {
    expect(
      await notRefused(
        'file.read',
        {},
        { path: '' },
        { path: 'a\0b' },
        { path: '/a', bytes: 0 },
        { path: '/a', position: -1 },
      ),
    ).toEqual([])
    expect(
      await notRefused(
        'file.read',
        { path: '/a', bytes: 524_289 },
        { path: '/a', position: 1.5 },
        { path: '/a', position: 2n ** 70n },
      ),
    ).toEqual([])
    const content = Buffer.alloc(524_289).toString('base64')
    expect(
      await notRefused(
        'file.write',
        { path: '/a' },
        { path: '/a', content },
        { path: '/a', content: 'aGk' },
        { path: '/a', content: 'a-_=' },
      ),
    ).toEqual([])
    expect(await notRefused('file.write', { path: '/a', content: '', replace: 'yes' })).toEqual([])
  })

  test('are not written where no folder may be', () => {
    const read = () => Promise.reject(new Error('not asked'))
    const guest = new GuestMachine({ files: { isWritable: false, read, write: read, begin: read, list: read } })
    expect(guest.commands.supported()).toContain('file.read')
    expect(guest.commands.supported()).not.toContain('file.write')
  })
})

describe('processes', () => {
  test('are listed by a query', async () => {
    const guest = new GuestMachine()
    guest.machine.start({ name: 'busy', processor: 0.9, user: 'ann' })
    guest.machine.start({ name: 'idle', processor: 0, user: 'bob' })
    const outcome = guest.order('process.list', { sort: 'cpu', limit: 1 })
    for (let round = 0; round < 50; round++) {
      await Promise.resolve()
      guest.clock.advance(10)
    }
    expect(valueOf(await outcome)).toMatchObject({ processes: [{ name: 'busy' }], matching: 3, total: 3 })
    expect(
      await notRefused(
        'process.list',
        { sort: 'colour' },
        { limit: 0 },
        { limit: 1_001 },
        { pid: -1 },
        { state: 'dead' },
        { x: 1 },
      ),
    ).toEqual([])
  })

  test('are ended and made nice by what they are, not by their number alone', async () => {
    const guest = new GuestMachine()
    const process = { bootId: 'b', pid: 9, startTicks: 1 }
    await guest.order('process.kill', process)
    await guest.order('process.kill', { ...process, signal: 'SIGKILL' })
    await guest.order('process.nice', { ...process, nice: -20 })
    expect(guest.asked).toEqual(['SIGTERM b 9 1', 'SIGKILL b 9 1', 'nice -20 b 9 1'])
    expect(
      await notRefused(
        'process.kill',
        { pid: 9 },
        { ...process, signal: 9 },
        { ...process, signal: 'SIGX' },
        { ...process, pid: 0 },
      ),
    ).toEqual([])
    expect(
      await notRefused(
        'process.nice',
        process,
        { ...process, nice: 20 },
        { ...process, nice: -21 },
        { ...process, nice: '1' },
      ),
    ).toEqual([])
  })
})

describe('power and time', () => {
  test('are ordered from the system', async () => {
    const guest = new GuestMachine()
    for (const name of ['power.off', 'power.reboot', 'time.set'] as const)
      expect(valueOf(await guest.order(name))).toBe(null)
    await guest.order('time.set', { wallMs: 1_700_000_000_123 })
    expect(guest.asked).toEqual([
      'shutdown powerdown',
      'shutdown reboot',
      'setTime undefined',
      'setTime 1700000000123000000',
    ])
    expect(await notRefused('time.set', { wallMs: -1 }, { wallMs: 1e18 }, { wallMs: '1' }, { wallNs: 1 })).toEqual([])
    expect(await notRefused('power.off', { now: true })).toEqual([])
  })
})
