import { describe, expect, test } from 'vitest'
import type { CommandName } from '../../contract.ts'
import { GuestMachine } from '../../testing/guest-machine.ts'

const signed = { isSigned: true } as const

async function wrong(name: CommandName, ...all: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  for (const given of all) {
    const guest = new GuestMachine()
    const outcome = await guest.order(name, given, signed)
    expect([given, outcome]).toMatchObject([given, { type: 'refused', code: 'wrong-arguments' }])
    expect([...guest.asked, ...guest.runner.lines]).toEqual([])
  }
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
      await wrong(name, { x: 1 }, { constructor: 1 })
    }
    await wrong('metrics.get', { detail: 'all' }, { detail: null }, { details: 'full' })
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
    await wrong('service.start', {}, ...names.map((name) => ({ name })), { name: 'a', force: true })
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
    await wrong('package.search', {}, { text: '' }, { text: '-n' }, { text: '.*' }, { text: '(a|b)' }, { text: 'a\nb' })
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
      await wrong(`package.${act}`, ...odd.map((name) => ({ names: [name] })), { names: 'nano' }, { name: ['nano'] })
      await wrong(`package.${act}`, { names: Array.from({ length: 101 }, () => 'nano') })
    }
    await wrong('package.install', {}, { names: [] })
    await wrong('package.remove', {}, { names: [] })
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
    await wrong('file.read', {}, { path: '' }, { path: 'a\0b' }, { path: '/a', bytes: 0 }, { path: '/a', position: -1 })
    await wrong(
      'file.read',
      { path: '/a', bytes: 524_289 },
      { path: '/a', position: 1.5 },
      { path: '/a', position: 2n ** 70n },
    )
    const content = Buffer.alloc(524_289).toString('base64')
    await wrong(
      'file.write',
      { path: '/a' },
      { path: '/a', content },
      { path: '/a', content: 'aGk' },
      { path: '/a', content: 'a-_=' },
    )
    await wrong('file.write', { path: '/a', content: '', replace: 'yes' })
  })

  test('are not written where no folder may be', () => {
    const read = () => Promise.reject(new Error('not asked'))
    const guest = new GuestMachine({ files: { isWritable: false, read, write: read, list: read } })
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
    await wrong(
      'process.list',
      { sort: 'colour' },
      { limit: 0 },
      { limit: 1_001 },
      { pid: -1 },
      { state: 'dead' },
      { x: 1 },
    )
  })

  test('are ended and made nice by what they are, not by their number alone', async () => {
    const guest = new GuestMachine()
    const process = { bootId: 'b', pid: 9, startTicks: 1 }
    await guest.order('process.kill', process)
    await guest.order('process.kill', { ...process, signal: 'SIGKILL' })
    await guest.order('process.nice', { ...process, nice: -20 })
    expect(guest.asked).toEqual(['SIGTERM b 9 1', 'SIGKILL b 9 1', 'nice -20 b 9 1'])
    await wrong(
      'process.kill',
      { pid: 9 },
      { ...process, signal: 9 },
      { ...process, signal: 'SIGX' },
      { ...process, pid: 0 },
    )
    await wrong('process.nice', process, { ...process, nice: 20 }, { ...process, nice: -21 }, { ...process, nice: '1' })
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
    await wrong('time.set', { wallMs: -1 }, { wallMs: 1e18 }, { wallMs: '1' }, { wallNs: 1 })
    await wrong('power.off', { now: true })
  })
})
