import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentCommand, bootAgentGuest } from './lab/agent-guest.ts'
import { guestAvailability } from './lab/availability.ts'
import { guestAddress, guestDiskMount, guestLoginSeconds, guestUser } from './lab/guest-equipment.ts'
import type { LabGuest } from './lab/lab-guest.ts'
import { LineClient } from './lab/line-client.ts'

const bootMsMax = 300_000
const dayNanoseconds = 86_400_000_000_000
const againMs = 100
const commandsCount = 46
/** All else could wait for a disk. */
const forFrozen = [
  'guest-sync',
  'guest-sync-delimited',
  'guest-ping',
  'guest-info',
  'guest-fsfreeze-status',
  'guest-fsfreeze-thaw',
]
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const { isThere, note } = await guestAvailability()

type Given = Readonly<Record<string, unknown>>

describe.skipIf(!isThere)(`the commands of the QEMU guest agent in a real guest${note}`, () => {
  let guest: LabGuest
  let client: LineClient
  let known: readonly string[] = []
  const asked = new Set<string>()
  beforeAll(async () => {
    // Its log is on the disk that is frozen.
    const settings = [`audit-folder = ${guestDiskMount}/audit`, 'qga-files = true', 'qga-exec = true']
    const files = { 'etc/flotilla-agent.conf': `${settings.join('\n')}\n` }
    guest = await bootAgentGuest({ agent: agentCommand, files, isEquipped: true })
    client = await LineClient.open(guest.qgaSocket)
    await client.synchronise()
  }, bootMsMax)
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await guest[Symbol.asyncDispose]()
  })

  const reply = (command: string, given?: Given): Promise<unknown> => {
    asked.add(command)
    return client.ask(command, given)
  }
  const ask = async <Answer = unknown>(command: string, given?: Given): Promise<Answer> => {
    const told = await reply(command, given)
    expect([command, told]).toEqual([command, { return: expect.anything() as unknown }])
    return (told as { return: Answer }).return
  }
  const refusal = async (command: string, given?: Given): Promise<{ class: string; desc: string }> => {
    const told = await reply(command, given)
    expect([command, told]).toMatchObject([command, { error: { desc: expect.any(String) as string } }])
    return (told as { error: { class: string; desc: string } }).error
  }
  const inGuest = async (line: string): Promise<string> => (await guest.run(line)).trim()

  test('what it is, and what it can do', async () => {
    expect(await ask('guest-ping')).toEqual({})
    expect(await ask('guest-sync', { id: 7 })).toBe(7)
    asked.add('guest-sync-delimited')
    client.send('{"execute":"guest-sync-delimited","arguments":{"id":8}}\n')
    expect(await client.line()).toBe('\u00ff{"return":8}')
    const info = await ask<{ supported_commands: { name: string; enabled: boolean }[] }>('guest-info')
    known = info.supported_commands.map(({ name }) => name)
    expect(known).toHaveLength(commandsCount)
    const away = info.supported_commands.filter(({ enabled }) => !enabled).map(({ name }) => name)
    expect(away).toEqual(['guest-get-devices', 'guest-get-driver-packages', 'guest-get-driver-services'])
    for (const name of away) expect(await refusal(name)).toMatchObject({ class: 'CommandNotFound' })
  })

  test('what the machine is made of', async () => {
    const address = { 'ip-address-type': 'ipv4', 'ip-address': guestAddress, prefix: 24 }
    const interfaces = await ask<{ name: string; 'ip-addresses': unknown[] }[]>('guest-network-get-interfaces')
    expect(interfaces.find(({ name }) => name === 'eth0')?.['ip-addresses']).toContainEqual(address)
    const routes = await ask('guest-network-get-route')
    expect(routes).toContainEqual(expect.objectContaining({ iface: 'eth0', destination: '10.0.2.0', version: 4 }))
    const [disk] = await ask<{ name: string; address: Given }[]>('guest-get-disks')
    expect(disk).toMatchObject({ name: '/dev/vda', partition: false, address: { serial: 'FLOTILLA1' } })
    expect(await ask('guest-get-fsinfo')).toMatchObject([
      { name: 'vda', mountpoint: guestDiskMount, type: 'ext4', disk: [{ 'bus-type': 'virtio' }] },
    ])
    expect(await ask('guest-get-host-name')).toEqual({ 'host-name': 'flotilla-guest' })
    expect(await ask('guest-get-timezone')).toMatchObject({ zone: expect.stringMatching(/^CES?T$/) as string })
    expect(await ask('guest-get-users')).toEqual([{ user: guestUser, 'login-time': guestLoginSeconds }])
    const os = { 'kernel-release': await inGuest('uname -r'), id: 'flotilla-lab', machine: 'x86_64' }
    expect(await ask('guest-get-osinfo')).toMatchObject(os)
  })

  test('its figures', async () => {
    expect(await ask('guest-get-diskstats')).toMatchObject([
      { name: 'vda', stats: { 'read-ios': expect.any(Number) as number } },
    ])
    expect(await ask('guest-get-cpustats')).toMatchObject([
      { type: 'linux', cpu: 0, user: expect.any(Number) as number },
      { type: 'linux', cpu: 1, idle: expect.any(Number) as number },
    ])
    expect(await ask('guest-get-load')).toMatchObject({ load1m: expect.any(Number) as number })
  })

  test('time', async () => {
    const before = await ask<number>('guest-get-time')
    await ask('guest-set-time', { time: before + dayNanoseconds })
    // The `date` of a small guest takes whole seconds only.
    expect(await ask<number>('guest-get-time')).toBeGreaterThan(before + dayNanoseconds - 1e9)
    await inGuest(`date -s @${Math.floor(before / 1e9)}`)
    // From the hardware clock, which was set with the time.
    await ask('guest-set-time')
    expect(await ask<number>('guest-get-time')).toBeGreaterThan(before + dayNanoseconds - 2e9)
    expect(await refusal('guest-set-time', { time: -1 })).toMatchObject({ class: 'GenericError' })
    await ask('guest-set-time', { time: before })
  })

  test('processors and memory', async () => {
    const one = (online: boolean): Given => ({ vcpus: [{ 'logical-id': 1, online }] })
    expect(await ask('guest-set-vcpus', one(false))).toBe(1)
    expect(await inGuest('cat /sys/devices/system/cpu/online')).toBe('0')
    expect(await ask('guest-get-vcpus')).toMatchObject([
      { 'logical-id': 0, online: true, 'can-offline': false },
      { 'logical-id': 1, online: false, 'can-offline': true },
    ])
    expect(await ask('guest-set-vcpus', one(true))).toBe(1)
    expect((await refusal('guest-set-vcpus', { vcpus: [{ 'logical-id': 0, online: false }] })).desc).toContain('0')
    expect(await ask('guest-get-memory-block-info')).toEqual({ size: 134_217_728 })
    const blocks = await ask<{ 'phys-index': number }[]>('guest-get-memory-blocks')
    expect(blocks).toHaveLength(Number(await inGuest('ls -d /sys/devices/system/memory/memory* | wc -l')))
    const changes = [blocks[0]?.['phys-index'], 9_999].map((index) => ({ 'phys-index': index, online: true }))
    expect(await ask('guest-set-memory-blocks', { 'mem-blks': changes })).toEqual([
      { 'phys-index': blocks[0]?.['phys-index'], response: 'success' },
      { 'phys-index': 9_999, response: 'not-found' },
    ])
  })

  test('accounts', async () => {
    const username = guestUser
    await ask('guest-set-user-password', { username, password: base64('$6$salt$word'), crypted: true })
    expect(await inGuest(`grep ^${guestUser}: /etc/shadow`)).toContain('$6$salt$word')
    const [first, second] = ['ssh-ed25519 AAAAfirst one', 'ssh-ed25519 AAAAsecond two']
    await ask('guest-ssh-add-authorized-keys', { username, keys: [first, second] })
    expect(await ask('guest-ssh-get-authorized-keys', { username })).toEqual({ keys: [first, second] })
    await ask('guest-ssh-remove-authorized-keys', { username, keys: [first] })
    expect(await ask('guest-ssh-get-authorized-keys', { username })).toEqual({ keys: [second] })
    await refusal('guest-ssh-get-authorized-keys', { username: 'nobody-here' })
  })

  test('files', async () => {
    const handle = await ask('guest-file-open', { path: '/tmp/made', mode: 'w+' })
    expect(await ask('guest-file-write', { handle, 'buf-b64': base64('hello') })).toEqual({ count: 5, eof: false })
    await ask('guest-file-flush', { handle })
    expect(await inGuest('cat /tmp/made')).toBe('hello')
    expect(await ask('guest-file-seek', { handle, offset: 1, whence: 'set' })).toEqual({ position: 1, eof: false })
    expect(await ask('guest-file-read', { handle })).toEqual({ count: 4, 'buf-b64': base64('ello'), eof: true })
    await ask('guest-file-close', { handle })
    await refusal('guest-file-close', { handle })
    await refusal('guest-file-open', { path: '/tmp/no/such' })
  })

  test('programs', async () => {
    const script = 'cat; echo err >&2; exit 3'
    const started = { path: 'sh', arg: ['-c', script], 'input-data': base64('in'), 'capture-output': true }
    const { pid } = await ask<{ pid: number }>('guest-exec', started)
    const status = (): Promise<{ exited: boolean }> => ask('guest-exec-status', { pid })
    let told = await status()
    for (; !told.exited; told = await status()) await delay(againMs)
    expect(told).toMatchObject({ exitcode: 3, 'out-data': base64('in'), 'err-data': base64('err\n') })
    // It is told once.
    await refusal('guest-exec-status', { pid })
    expect((await refusal('guest-exec', { path: '/no/such/program' })).desc).toContain('/no/such/program')
  })

  test('frozen file systems, meanwhile nothing that could wait for them', async () => {
    expect(await ask('guest-fsfreeze-status')).toBe('thawed')
    const given = { mountpoints: [guestDiskMount] }
    expect(await ask('guest-fsfreeze-freeze-list', given)).toBe(1)
    for (const name of known.filter((command) => !forFrozen.includes(command))) {
      expect(await refusal(name)).toMatchObject({ class: 'CommandNotFound' })
    }
    expect(await ask('guest-fsfreeze-status')).toBe('frozen')
    expect(await ask('guest-fsfreeze-thaw')).toBe(1)
    expect(await ask('guest-fsfreeze-freeze')).toBe(1)
    expect(await ask('guest-fsfreeze-thaw')).toBe(1)
    expect(await ask('guest-fsfreeze-thaw')).toBe(0)
    expect(await ask('guest-fstrim')).toMatchObject({ paths: [{ path: guestDiskMount }] })
  })

  test('sleep that this machine does not know is refused', async () => {
    for (const mode of ['disk', 'ram', 'hybrid']) asked.add(`guest-suspend-${mode}`)
    client.send('{"execute":"guest-suspend-hybrid"}\n')
    expect(JSON.parse(await client.line())).toMatchObject({ error: { class: 'GenericError' } })
  })

  test('a new start, last of all, with nothing left that was not asked', async () => {
    const bootId = (): Promise<string> => inGuest('cat /proc/sys/kernel/random/boot_id')
    const before = await bootId()
    client.send('{"execute":"guest-shutdown","arguments":{"mode":"reboot"}}\n')
    asked.add('guest-shutdown')
    while (!guest.events.includes('RESET')) await delay(againMs)
    await client.synchronise()
    expect(await bootId()).not.toBe(before)
    client.send('{"execute":"guest-shutdown"}\n')
    while (!guest.events.includes('SHUTDOWN')) await delay(againMs)
    expect(known.filter((name) => !asked.has(name))).toEqual([])
  })
})
