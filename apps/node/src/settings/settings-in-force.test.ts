import { RecordingLogger } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { SettingsInForce } from './settings-in-force.ts'
import { readSettings, type ReadSettings } from './settings-reader.ts'

/** As if the flags were what changes on the disk. */
async function inForceWith(argv: readonly string[]) {
  const state: { argv: readonly string[] } = { argv }
  const again = (): Promise<ReadSettings> =>
    readSettings({ argv: state.argv, environment: { FLOTILLA_CONFIG: 'off' }, hostName: 'host', homeFolder: '/' })
  const logger = new RecordingLogger()
  const inForce = new SettingsInForce(await again(), again)
  return { state, again, logger, inForce, reload: () => inForce.reload(logger) }
}

test('what is live takes effect at once, and who watches it is told', async () => {
  const { state, inForce, reload } = await inForceWith(['--port', '1'])
  const { settings } = inForce
  const told: string[] = []
  const watching = inForce.watch('log-level', () => told.push(settings['log-level']))
  inForce.watch('peer', () => told.push('peer'))
  state.argv = ['--port', '1', '--log-level', 'debug']
  expect(await reload()).toMatchObject({ problems: [], changed: ['log-level'], waiting: [] })
  expect([settings['log-level'], inForce.given.get('log-level'), ...told]).toEqual(['debug', '--log-level', 'debug'])
  expect(inForce.origins.get('log-level')).toEqual({ from: 'flag', calledAs: '--log-level' })
  expect(await reload()).toMatchObject({ changed: [] })
  watching[Symbol.dispose]()
  state.argv = ['--port', '1']
  expect(await reload()).toMatchObject({ changed: ['log-level'] })
  expect([settings['log-level'], inForce.given.get('log-level'), ...told]).toEqual(['info', undefined, 'debug'])
})

test('all else stays as it is until the next start, and is named', async () => {
  const { state, inForce, reload } = await inForceWith(['--port', '1'])
  state.argv = ['--port', '2', '--name', 'other', '--peer', '192.0.2.1:1']
  expect(await inForce.difference()).toMatchObject({ changed: ['peer'], waiting: ['name', 'port'] })
  expect(inForce.settings.peer).toEqual([])
  expect(await reload()).toMatchObject({ changed: ['peer'], waiting: ['name', 'port'] })
  expect(inForce.settings).toMatchObject({ port: 1, name: 'host', peer: ['192.0.2.1:1'] })
  expect(inForce.given.has('name')).toBe(false)
  expect(await inForce.difference()).toMatchObject({ changed: [], waiting: ['name', 'port'] })
})

test('where anything is wrong nothing changes', async () => {
  const { state, inForce, reload } = await inForceWith([])
  state.argv = ['--log-level', 'debug', '--port', 'x']
  expect(await reload()).toMatchObject({ problems: [{ what: '--port is "x"' }], changed: [], waiting: [] })
  expect(await inForce.difference()).toMatchObject({ problems: [{ what: '--port is "x"' }] })
  expect(inForce.settings['log-level']).toBe('info')
})

test('a file that is gone changes nothing, another one does', async () => {
  const { again, logger } = await inForceWith(['--log-level', 'warn'])
  const state: { file: string | undefined } = { file: '/a' }
  const inForce = new SettingsInForce({ ...(await again()), file: '/a' }, async () => ({
    ...(await readSettings({ argv: ['--config', 'off'], environment: {}, hostName: 'host', homeFolder: '/' })),
    file: state.file,
  }))
  state.file = undefined
  const problems = [{ place: { file: '/a' }, what: 'this file is not there any more' }]
  expect(await inForce.reload(logger)).toMatchObject({ file: '/a', problems, changed: [] })
  expect(inForce.settings['log-level']).toBe('warn')
  state.file = '/b'
  expect(await inForce.reload(logger)).toMatchObject({ file: '/b', changed: ['log-level'] })
})

test('a part that cannot do with a new value keeps others from nothing', async () => {
  const { state, inForce, logger, reload } = await inForceWith([])
  const told: string[] = []
  inForce.watch('peer', () => {
    throw new Error('I cannot')
  })
  inForce.watch('peer', () => told.push('peer'))
  state.argv = ['--peer', '192.0.2.1:1']
  await reload()
  expect(told).toEqual(['peer'])
  expect(logger.entries.map(({ message }) => message)).toEqual(['a part of the node goes on with the old value'])
})

test('what is wrong with the program itself is no problem of a file', async () => {
  const { again } = await inForceWith([])
  const broken = new SettingsInForce(await again(), () => Promise.reject(new TypeError('x')))
  await expect(broken.difference()).rejects.toThrow(TypeError)
  await expect(broken.reload(new RecordingLogger())).rejects.toThrow(TypeError)
})
