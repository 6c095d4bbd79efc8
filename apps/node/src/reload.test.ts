import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SettingsAnswer } from './settings/settings-answers.ts'
import { DaemonClient } from './testing/daemon-client.ts'
import { startDaemon, temporaryFolder } from './testing/daemon-process.ts'

test('SIGHUP has a node read its file again, and it goes on whatever stands in it', async () => {
  await using folder = await temporaryFolder()
  await using elsewhere = await temporaryFolder()
  const path = join(elsewhere.path, 'config.yaml')
  await writeFile(path, 'log-level: error\nname: ann\n', { mode: 0o600 })
  await using daemon = startDaemon(folder.path, '--json', '--config', path)
  expect((await daemon.ready()).name).toBe('ann')
  const client = await DaemonClient.of(daemon)
  const read = async (): Promise<SettingsAnswer> => (await (await client.raw('/v1/settings')).json()) as SettingsAnswer
  const levelOf = ({ settings }: SettingsAnswer): unknown => settings.find(({ name }) => name === 'log-level')

  await writeFile(path, 'log-level: info\nname: bob\npeer: [192.0.2.1:7440]\nvm-channels: [web=/nowhere.sock]\n')
  const reload = { file: path, problems: [], changed: ['peer', 'vm-channels', 'log-level'], waiting: ['name'] }
  expect((await read()).onDisk).toEqual(reload)
  // Whoever may send signals to processes must not open a debugger in this one.
  daemon.signal('SIGUSR1')
  daemon.signal('SIGHUP')
  expect(JSON.parse((await daemon.nextLine()) ?? '')).toEqual({ event: 'reloaded', ...reload })
  expect(levelOf(await read())).toMatchObject({ value: 'info', origin: 'file', calledAs: `log-level (${path}:1)` })

  const audit = async (): Promise<unknown> => (await client.raw('/v1/audit')).json()
  const noted = { actor: 'local', action: 'settings.reload', outcome: 'done' }
  await expect.poll(audit, { timeout: 15_000 }).toMatchObject({ newest: [noted] })

  await writeFile(path, 'log-level: debug\nport: x\n')
  expect(await client.post('/v1/settings/reload', {})).toMatchObject({ problems: [{ line: 2, what: 'port is "x"' }] })
  expect(JSON.parse((await daemon.nextLine()) ?? '')).toMatchObject({ event: 'reload-failed', changed: [] })
  expect(levelOf(await read())).toMatchObject({ value: 'info' })

  // Channels are looked for again and again.
  await expect.poll(() => client.text('/v1/vms'), { timeout: 15_000, interval: 200 }).toContain('"vm": "web"')
  const { code, stderr } = await daemon.stop()
  expect(code).toBe(0)
  expect(stderr).toContain('settings were read again')
  expect(stderr).not.toContain('Debugger')
  expect(stderr).toContain(`${path}:2:7: port is \\"x\\": it must be a whole number from 0 to 65535`)
})

test('a file that is wrong keeps a node from starting, and everything that is wrong is told', async () => {
  await using folder = await temporaryFolder()
  await using elsewhere = await temporaryFolder()
  const path = join(elsewhere.path, 'config.yaml')
  await writeFile(path, 'prot: 1\nmesh-port: y\n')
  await using daemon = startDaemon(folder.path, '--config', path)
  const { code, stderr } = await daemon.ended()
  expect(code).toBe(1)
  expect(stderr).toContain('2 settings are wrong')
  expect(stderr).toContain(`${path}:1:1: there is no setting "prot": did you mean port?`)
  expect(stderr).toContain(`${path}:2:12: mesh-port is "y": it must be a whole number from 0 to 65535`)
})
