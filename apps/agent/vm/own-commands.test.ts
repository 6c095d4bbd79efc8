import { setTimeout as delay } from 'node:timers/promises'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { nodeClock } from '@flotilla/core/time/node'
import { commandNames, type CommandName, type JsonValue, type OrderEnding } from '@flotilla/virtio-agent'
import { socketChannel } from '@flotilla/virtio-agent/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OwnConversation } from '../src/testing/own-conversation.ts'
import { agentCommand, bootAgentGuest } from './lab/agent-guest.ts'
import { guestAvailability } from './lab/availability.ts'
import { guestAddress, guestDiskMount, guestUser } from './lab/guest-equipment.ts'
import type { LabGuest } from './lab/lab-guest.ts'

const bootMsMax = 300_000
const againMs = 100
const groups = '/sys/fs/cgroup/flotilla-agent'
const secretKey = new Uint8Array(32).fill(7)
const publicKey = Buffer.from(nodeCrypto().ed25519.publicKey(secretKey)).toString('hex')
const settings = [
  `audit-folder = ${guestDiskMount}/audit`,
  `folder = ${guestDiskMount}`,
  'writable-folder = /tmp/files',
  'allow-unsafe = true',
  `trusted-key = ${publicKey}`,
]
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const { isThere, note } = await guestAvailability()

type Given = Readonly<Record<string, JsonValue>>

describe.skipIf(!isThere)(`our own commands in a real guest${note}`, () => {
  let guest: LabGuest
  let host: OwnConversation
  const asked = new Set<CommandName>()
  const connected = async (): Promise<OwnConversation> => {
    const place = { path: guest.ownSocket }
    const channel = socketChannel({ place, role: 'connect', clock: nodeClock(), prng: new Prng(1) })
    const conversation = new OwnConversation(channel, secretKey)
    await conversation.welcome()
    return conversation
  }
  beforeAll(async () => {
    const files = { 'etc/flotilla-agent.conf': `${settings.join('\n')}\n`, 'tmp/files/.keep': '' }
    guest = await bootAgentGuest({ agent: agentCommand, files, isEquipped: true })
    await guest.run('mkdir -p /tmp/files')
    host = await connected()
  }, bootMsMax)
  afterAll(async () => {
    await host[Symbol.asyncDispose]()
    await guest[Symbol.asyncDispose]()
  })

  const inGuest = async (line: string): Promise<string> => (await guest.run(line)).trim()
  const end = (command: CommandName, given: Given = {}): Promise<OrderEnding> => {
    asked.add(command)
    return host.order({ command, arguments: given })
  }
  const ask = async (command: CommandName, given: Given = {}): Promise<Given> => {
    const ending = await end(command, given)
    expect([command, ending]).toMatchObject([command, { type: 'done' }])
    return (ending as { readonly value: Given }).value
  }
  const signed = (script: string, timeoutMs?: number): Promise<OrderEnding> => {
    asked.add('unsafe.shell')
    const order = { command: 'unsafe.shell', arguments: { script }, isSigned: true } as const
    return host.order({ ...order, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  }
  const output = (ending: OrderEnding): string => {
    expect(ending).toMatchObject({ type: 'done' })
    return stdoutOf(ending).toString().trim()
  }
  const stdoutOf = (ending: OrderEnding): Buffer => {
    const { value } = ending as unknown as { readonly value: { readonly stdout: string } }
    return Buffer.from(value.stdout, 'base64')
  }
  const untilGone = async (pid: string): Promise<void> => {
    while ((await inGuest(`[ -d /proc/${pid} ] && grep -v Z /proc/${pid}/stat || true`)) !== '') await delay(againMs)
  }

  test('it tells how the guest is', async () => {
    const { about } = await host.welcome()
    expect(await ask('ping')).toBe(null)
    expect(await ask('info')).toMatchObject({ commands: about.commands, hostName: 'flotilla-guest' })
    const full = await ask('metrics.get', { detail: 'full' })
    expect(full).toMatchObject({ system: { memory: {} }, processes: expect.arrayContaining([]) as unknown })
    const network = JSON.stringify(await ask('network.show'))
    expect(network).toContain(`"address":"${guestAddress}"`)
    expect(await ask('disk.show')).toMatchObject({ fileSystems: [{ mount: guestDiskMount, type: 'ext4' }] })
    expect(await ask('user.list')).toMatchObject({ users: [{ user: guestUser }] })
    const { wallMs } = await ask('time.get')
    await ask('time.set', { wallMs: Number(wallMs) })
  })

  test('what this guest does not have is refused as that, by the welcome too', async () => {
    const { about } = await host.welcome()
    const away = commandNames.filter((name) => name.startsWith('package.') || name.startsWith('service.'))
    expect(commandNames.filter((name) => !about.commands.includes(name))).toEqual(away)
    for (const name of away) expect(await end(name)).toMatchObject({ type: 'refused', code: 'not-supported' })
  })

  test('processes are told, made nice and ended, each by who it is', async () => {
    const pid = Number(await inGuest('sleep 1000 & echo $!'))
    const [found] = (await ask('process.list', { pid }))['processes'] as readonly Given[]
    const identity = { bootId: found?.['bootId'] ?? 0, pid, startTicks: found?.['startTicks'] ?? 0 }
    await ask('process.nice', { ...identity, nice: 7 })
    expect(await inGuest(`cut -d' ' -f19 /proc/${pid}/stat`)).toBe('7')
    const other = { ...identity, startTicks: Number(identity.startTicks) + 1 }
    expect(await end('process.kill', other)).toMatchObject({ type: 'failed', code: 'not-found' })
    await ask('process.kill', identity)
    await untilGone(String(pid))
  })

  test('files, in the folders that were allowed and in no others', async () => {
    const path = '/tmp/files/made'
    await ask('file.write', { path, content: base64('hello') })
    expect(await inGuest(`cat ${path}`)).toBe('hello')
    expect(await ask('file.read', { path })).toMatchObject({ content: base64('hello'), fileBytes: 5 })
    expect(JSON.stringify(await ask('file.list', { path: '/tmp/files' }))).toContain('"name":"made"')
    await inGuest('ln -s /etc/shadow /tmp/files/link; mkdir -p /srv/public')
    await ask('file.list', { path: '/srv/public' })
    const audit = `${guestDiskMount}/audit`
    for (const wrong of ['/etc/shadow', '/tmp/files/../../etc/shadow', '/tmp/files/link', `${audit}/audit`, audit]) {
      expect([wrong, await end('file.read', { path: wrong })]).toMatchObject([wrong, { code: 'not-permitted' }])
    }
    const outside = { path: `${guestDiskMount}/public/new`, content: '' }
    expect(await end('file.write', outside)).toMatchObject({ type: 'refused', code: 'not-permitted' })
  })

  test('programs run in a control group of their own, with its limits, which is gone after them', async () => {
    const script = 'cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) && pwd && cat memory.max pids.max cpu.max'
    const [folder = '', memory, processes, share] = output(await signed(script)).split('\n')
    expect(folder).toMatch(new RegExp(`^${groups}/program-`))
    expect(Number(memory)).toBeLessThanOrEqual(Number(await inGuest("free -b | awk '/Mem:/ { print $2 }'")) / 2)
    expect([processes, share]).toEqual(['256', '100000 100000'])
    while ((await inGuest(`ls -d ${groups}/program-* 2>/dev/null || true`)) !== '') await delay(againMs)
    const exec = { command: 'unsafe.exec', arguments: { path: 'printf', arguments: ['%s', '$(id)'] } } as const
    asked.add(exec.command)
    expect(await host.order(exec)).toMatchObject({ type: 'refused', code: 'not-signed' })
    expect(output(await host.order({ ...exec, isSigned: true }))).toBe('$(id)')
  })

  test('a program that takes more memory than it may is ended, and nothing else is', async () => {
    const agent = await inGuest('pidof node')
    const hoard = "node -e 'const all = []; for (;;) all.push(Buffer.alloc(2e7, 1))'"
    const ending = await signed(`${hoard}; echo not reached`)
    expect(ending).toMatchObject({ type: 'done', value: { signal: 'SIGKILL', stdout: '' } })
    expect(await inGuest('dmesg | grep -c CONSTRAINT_NONE || true')).toBe('0')
    expect(await inGuest('pidof node')).toBe(agent)
  })

  test('a program that multiplies is stopped at its limit, and all of it is gone', async () => {
    const ending = await signed('i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i + 1)); done')
    expect(ending).toMatchObject({ type: 'done', value: { exitCode: expect.any(Number) as number } })
    expect(await inGuest('dmesg | grep -c "fork rejected by pids"')).not.toBe('0')
    while (!(await inGuest('pidof sleep || true')).match(/^$/)) await delay(againMs)
  })

  test('whoever was left behind ends with the program, in a session of its own too, and nobody waits', async () => {
    const [one = '', other = ''] = output(await signed('sleep 1000 & echo $!; setsid sleep 1000 & echo $!')).split('\n')
    expect([one, other]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)])
    await untilGone(one)
    await untilGone(other)
  })

  test('what takes too long, or is not wanted any more, is ended', async () => {
    const agent = await inGuest('pidof node')
    expect(await signed('sleep 2000 & sleep 2000', 1_000)).toMatchObject({ type: 'failed', code: 'timed-out' })
    let ticket = 0
    const begun = host.next('progress')
    const order = { command: 'unsafe.shell', arguments: { script: 'echo x; sleep 2000' }, isSigned: true } as const
    const ending = host.order(order, (given) => (ticket = given))
    await begun
    host.cancel(ticket)
    expect(await ending).toMatchObject({ type: 'failed', code: 'cancelled' })
    while ((await inGuest('pidof sleep || true')) !== '') await delay(againMs)
    expect(await inGuest('pidof node')).toBe(agent)
  })

  test('output is cut where it is too much', async () => {
    const ending = await signed('head -c 3000000 /dev/zero')
    expect(ending).toMatchObject({ type: 'done', value: { exitCode: 0, stdoutCut: true } })
    expect(stdoutOf(ending)).toHaveLength(1_048_576)
  })

  test('metrics come as often as the host wishes, and with what it wishes', async () => {
    host.configure({ intervalMs: 1_000, detail: 'full' })
    await host.next('metrics', ({ metrics }) => metrics.processes !== undefined)
    const [first, second] = [(await host.next('metrics')).metrics, (await host.next('metrics')).metrics]
    expect(second.system.wallMs - first.system.wallMs).toBeGreaterThan(500)
    host.configure({ intervalMs: 1_000, detail: 'brief' })
    await host.next('metrics', ({ metrics }) => metrics.processes === undefined)
    host.configure({ intervalMs: 30_000, detail: 'brief' })
  })

  test('a command under way when the agent is killed is lost, and not done again', async () => {
    const script = 'echo x >>/tmp/files/count; echo begun; sleep 1000'
    const begun = host.next('progress')
    const ending = host.order({ command: 'unsafe.shell', arguments: { script }, isSigned: true })
    await begun
    const welcomed = host.next('welcomed')
    await inGuest('kill -9 $(pidof node)')
    expect(await ending).toMatchObject({ type: 'lost', mayHaveRun: true })
    await welcomed
    expect(output(await signed('cat /tmp/files/count'))).toBe('x')
    // What the earlier agent has started is ended by the next one.
    while ((await inGuest('pidof sleep || true')) !== '') await delay(againMs)
  })

  test('a new start and the end of the machine, with nothing left that was not asked', async () => {
    const welcomed = host.next('welcomed')
    asked.add('power.reboot')
    void host.order({ command: 'power.reboot' })
    while (!guest.events.includes('RESET')) await delay(againMs)
    await welcomed
    asked.add('power.off')
    void host.order({ command: 'power.off' })
    while (!guest.events.includes('SHUTDOWN')) await delay(againMs)
    expect(commandNames.filter((name) => !asked.has(name))).toEqual([])
  })
})
