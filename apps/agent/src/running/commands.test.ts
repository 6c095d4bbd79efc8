import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { commandNames, type CommandName, type JsonValue, type OrderEnding } from '@flotilla/virtio-agent'
import { checkGuestAudit } from '@flotilla/virtio-agent/node'
import { describe, expect, test } from 'vitest'
import { AgentProcess } from '../testing/agent-process.ts'

const secretKey = new Uint8Array(32).fill(7)
const publicKey = Buffer.from(nodeCrypto().ed25519.publicKey(secretKey)).toString('hex')
const signed = { isSigned: true } as const
type Given = Readonly<Record<string, JsonValue>>

/** This may be the machine that somebody works on: a bug must not turn it off. */
const areHarmless = /^(ping|info|metrics|process|file|network|disk|user|time.get)|list/
const harmless = commandNames.filter((name) => areHarmless.test(name))

function started(...flags: readonly string[]): Promise<AgentProcess> {
  return AgentProcess.start((folder) => ['--writable-folder', folder, ...flags], secretKey)
}

function valueOf(ending: OrderEnding): Readonly<Record<string, JsonValue>> {
  expect(ending).toMatchObject({ type: 'done' })
  return (ending as { readonly value: Readonly<Record<string, JsonValue>> }).value
}

function text(base64: JsonValue | undefined): string {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : ''
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe.skipIf(process.platform !== 'linux')('the agent', () => {
  test('does each safe command that changes nothing, and writes them down', async () => {
    await using agent = await started()
    const { about } = await agent.welcome()
    const ask = async (command: CommandName, given: Given = {}) =>
      valueOf(await agent.order({ command, arguments: given }))
    expect(await ask('ping')).toBe(null)
    expect(await ask('info')).toMatchObject({ commands: about.commands, os: {} })
    expect(await ask('metrics.get', { detail: 'full' })).toMatchObject({ system: { memory: {} } })
    expect(await ask('process.list', { pid: process.pid })).toMatchObject({ processes: [{ pid: process.pid }] })
    expect(await ask('network.show')).toMatchObject({ interfaces: expect.arrayContaining([]) as unknown })
    expect(await ask('disk.show')).toMatchObject({ fileSystems: expect.arrayContaining([]) as unknown })
    expect(await ask('user.list')).toMatchObject({ users: expect.arrayContaining([]) as unknown })
    expect(Number((await ask('time.get'))['wallMs'])).toBeGreaterThan(1.7e12)
    const told = { 'package.list': 'packages', 'service.list': 'services' } as const
    for (const name of ['package.list', 'service.list'] as const) {
      const ending = await agent.order({ command: name, arguments: {} })
      const some = { type: 'done', value: { [told[name]]: expect.arrayContaining([expect.anything()]) as unknown } }
      const none = { type: 'refused', code: 'not-supported' }
      expect(ending).toMatchObject(about.commands.includes(name) ? some : none)
    }
    expect(about.commands).toEqual(expect.not.arrayContaining(['unsafe.exec']))
    await agent.stop()
    const { records, damage } = await checkGuestAudit(join(agent.folder, 'audit'))
    expect([damage, records]).toEqual([undefined, expect.any(Number)])
    expect(records).toBeGreaterThanOrEqual(5)
  })

  test('writes, reads and lists files in its folders and nowhere else', async () => {
    await using agent = await started()
    await agent.welcome()
    const path = join(agent.folder, 'new')
    const content = Buffer.from('hello').toString('base64')
    expect(await agent.order({ command: 'file.write', arguments: { path, content } })).toMatchObject({ type: 'done' })
    expect(await readFile(path, 'utf8')).toBe('hello')
    expect(valueOf(await agent.order({ command: 'file.read', arguments: { path } }))).toMatchObject({
      content,
      fileBytes: 5,
    })
    const listed = valueOf(await agent.order({ command: 'file.list', arguments: { path: agent.folder } }))
    expect(listed['files']).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'new', bytes: 5 })]))
    const refused = { type: 'refused', code: 'not-permitted' }
    expect(await agent.order({ command: 'file.read', arguments: { path: '/etc/passwd' } })).toMatchObject(refused)
    const log = join(agent.folder, 'audit/audit/audit-00000001.log')
    const forged = { path: log, content, replace: true }
    expect(await agent.order({ command: 'file.write', arguments: forged })).toMatchObject(refused)
    expect(await agent.order({ command: 'file.write', arguments: { path, content } })).toMatchObject({ code: 'exists' })
  })

  test('ends a process, and makes one nice', async () => {
    await using agent = await started()
    await agent.welcome()
    const child = spawn('sleep', ['600'])
    const listed = valueOf(await agent.order({ command: 'process.list', arguments: { pid: child.pid ?? 0 } }))
    const [found] = listed['processes'] as readonly Given[]
    const { bootId = '', pid = 0, startTicks = 0 } = found ?? {}
    const identity = { bootId, pid, startTicks }
    const nice = { ...identity, nice: 5 }
    expect(await agent.order({ command: 'process.nice', arguments: nice })).toMatchObject({ type: 'done' })
    const other = { ...identity, startTicks: Number(startTicks) + 1 }
    expect(await agent.order({ command: 'process.kill', arguments: other })).toMatchObject({ code: 'not-found' })
    const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    expect(await agent.order({ command: 'process.kill', arguments: identity })).toMatchObject({ type: 'done' })
    expect(await gone).toBe('SIGTERM')
  })

  test('refuses what is unsafe where it is not allowed, and what is wrong', async () => {
    await using agent = await started()
    await agent.welcome()
    const shell = { command: 'unsafe.shell', arguments: { script: 'id' } } as const
    expect(await agent.order({ ...shell, isSigned: false })).toMatchObject({ type: 'refused', code: 'not-permitted' })
    // Nobody is trusted here, so no signature is right.
    expect(await agent.order({ ...shell, ...signed })).toMatchObject({ type: 'refused', code: 'wrong-signature' })
    for (const command of harmless) {
      const ending = await agent.order({ command, arguments: { noSuchArgument: true } })
      const code = expect.stringMatching(/wrong-arguments|not-supported/) as string
      expect([command, ending]).toMatchObject([command, { type: 'refused', code }])
    }
  })
})

describe.skipIf(process.platform !== 'linux')('an agent that allows what is unsafe', () => {
  const flags = ['--allow-unsafe', '--trusted-key', publicKey]

  test('runs what is signed by a trusted key, and nothing else', async () => {
    await using agent = await started(...flags)
    await agent.welcome()
    const exec = { command: 'unsafe.exec', arguments: { path: 'printf', arguments: ['%s', '$HOME `id`'] } } as const
    const value = valueOf(await agent.order({ ...exec, ...signed }))
    expect([value['exitCode'], text(value['stdout'])]).toEqual([0, '$HOME `id`'])
    expect(await agent.order(exec)).toMatchObject({ type: 'refused', code: 'not-signed' })
    const environment = await agent.order({ command: 'unsafe.exec', arguments: { path: 'env' }, ...signed })
    expect(text(valueOf(environment)['stdout'])).not.toMatch(/NODE|VITEST/)
  })

  test('does not trust another key', async () => {
    await using agent = await AgentProcess.start(() => flags, new Uint8Array(32).fill(8))
    await agent.welcome()
    const ending = await agent.order({ command: 'unsafe.shell', arguments: { script: 'id' }, ...signed })
    expect(ending).toMatchObject({ type: 'refused', code: 'wrong-signature' })
    await agent.stop()
    const log = await readFile(join(agent.folder, 'audit/audit/audit-00000001.log'), 'utf8')
    expect(log).toMatch(/"action":"unsafe.shell".*"outcome":"refused".*"code":"wrong-signature"/)
  })

  test('ends what takes too long or is not wanted any more, with all that it has started', async () => {
    await using agent = await started(...flags)
    await agent.welcome()
    const script = 'sleep 600 & echo $!; wait'
    const shell = { command: 'unsafe.shell', arguments: { script }, ...signed } as const
    expect(await agent.order({ ...shell, timeoutMs: 500 })).toMatchObject({ type: 'failed', code: 'timed-out' })
    let ticket = 0
    const ending = agent.order(shell, (given) => (ticket = given))
    const pids = () =>
      agent.effects.flatMap((effect) =>
        effect.type === 'progress' && effect.piece.type === 'output'
          ? [Number(new TextDecoder().decode(effect.piece.bytes))]
          : [],
      )
    await expect.poll(() => pids().length, { timeout: 20_000 }).toBe(2)
    agent.cancel(ticket)
    expect(await ending).toMatchObject({ type: 'failed', code: 'cancelled' })
    for (const pid of pids()) await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
  })

  test('answers within limits, though a program says much or leaves others behind', async () => {
    await using agent = await started(...flags)
    await agent.welcome()
    const much = { script: 'head -c 3000000 /dev/zero; sleep 600 & echo $! >&2' }
    const value = valueOf(await agent.order({ command: 'unsafe.shell', arguments: much, ...signed }))
    expect([value['exitCode'], value['stdoutCut'], text(value['stdout']).length]).toEqual([0, true, 1_048_576])
    const child = Number(text(value['stderr']))
    await expect.poll(() => isAlive(child), { timeout: 20_000 }).toBe(false)
    expect(await agent.order({ command: 'ping' })).toMatchObject({ type: 'done' })
  })
})

describe.skipIf(process.platform !== 'linux')('an agent whose audit log was changed', () => {
  test('tells what it is asked, changes nothing, and its diagnosis says why', async () => {
    const corrupt = (folder: string): readonly string[] => {
      mkdirSync(join(folder, 'audit/audit'), { recursive: true })
      writeFileSync(
        join(folder, 'audit/audit/audit-00000001.log'),
        `{"seq":1,"hash":"${'0'.repeat(64)}"}\n`.repeat(9_999),
      )
      return ['--writable-folder', folder]
    }
    await using agent = await AgentProcess.start(corrupt, secretKey)
    await agent.welcome()
    expect(await agent.order({ command: 'file.list', arguments: { path: agent.folder } })).toMatchObject({
      type: 'done',
    })
    const file = { path: join(agent.folder, 'new'), content: '' }
    const ending = await agent.order({ command: 'file.write', arguments: file })
    expect(ending).toMatchObject({ type: 'refused', code: 'not-permitted' })
    expect(JSON.stringify(ending)).toContain('the audit log is damaged')
    await expect(readFile(file.path)).rejects.toMatchObject({ code: 'ENOENT' })
    await agent.stop()
    const program = join(import.meta.dirname, '../main.ts')
    const flags = ['--config', '/dev/null', '--diagnose', '--audit-folder', join(agent.folder, 'audit')]
    const told = spawnSync(process.execPath, [program, ...flags], { encoding: 'utf8' })
    expect(told.stdout).toContain('damaged in audit/audit-00000001.log, line 1')
    expect(told.status).toBe(1)
  })
})
