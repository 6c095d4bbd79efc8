import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SettingsError } from './setting-problem.ts'
import { readSettings, type ReadSettings } from './settings-reader.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-settings-'))
  path = join(folder, 'config.yaml')
})

afterEach(() => rm(folder, { recursive: true }))

function read(argv: readonly string[] = ['--config', path], environment = {}): Promise<ReadSettings> {
  return readSettings({ argv, environment, hostName: 'host', homeFolder: folder })
}

async function problemsOf(text: string | Uint8Array): Promise<readonly string[]> {
  await writeFile(path, text)
  const error: unknown = await read().catch((reason: unknown) => reason)
  if (!(error instanceof SettingsError)) throw error
  return error.problems.map(({ place, what, hint }) => {
    expect(place?.file ?? path).toBe(path)
    return `${place?.line ?? ''}:${place?.column ?? ''} ${what}: ${hint}`
  })
}

describe('a file with settings', () => {
  test('comes after flags and the environment, and before the defaults', async () => {
    await writeFile(path, 'port: 3\nname: filed\nlog-level: warn\npeer:\n  - 192.0.2.1:1\n  - "[fd00::1]:2"\n')
    const { settings, given, origins, file } = await read(['--config', path, '--port', '1'], { FLOTILLA_NAME: 'env' })
    expect(settings).toMatchObject({ port: 1, name: 'env', 'log-level': 'warn', 'mesh-port': 7440 })
    expect(settings.peer).toEqual(['192.0.2.1:1', '[fd00::1]:2'])
    expect(given.get('log-level')).toBe(`log-level (${path}:3)`)
    expect(origins.get('peer')).toEqual({ from: 'file', calledAs: 'peer', file: path, line: 4 })
    expect(file).toBe(path)
  })

  test('has paths that count from its own folder', async () => {
    await writeFile(path, 'data: here/it/is\nvm-key: /there\nblob-key: ""')
    const { settings } = await read()
    expect(settings).toMatchObject({ data: join(folder, 'here/it/is'), 'vm-key': '/there', 'blob-key': '' })
    expect((await read(['--config', path, '--data', 'here'])).settings.data).toBe('here')
  })

  test.each([
    ['port: 70000', '1:7 port is "70000": it must be a whole number from 0 to 65535'],
    ['\nport: yes', '2:7 port is "yes": it must be a whole number from 0 to 65535'],
    ['no-beacons: no', '1:13 no-beacons is "no": it must be true or false'],
    ['peer: [192.0.2.1:1, ann:2]', '1:21 peer is "ann:2": it must be an IP address and a port'],
    ['peer:\n  - 192.0.2.1:1\n  - 192.0.2.1', '3:5 peer is "192.0.2.1": it must be an IP address'],
    ['peer: [2001:db8::1]:7440', '1:20 something stands behind the list: what begins with a bracket stands in quotes'],
    ['process-control: none', '1:18 process-control is "none": it must be own, operators or nodes'],
    ['mesh_port: 1', '1:1 there is no setting "mesh_port": did you mean mesh-port?'],
    ['Port: 1', '1:1 there is no setting "Port": did you mean port?'],
    ['colour: red', '1:1 there is no setting "colour": see `flotilla config explain` for those that there are'],
    ['mesh:\n  port: 1', '2:3 port stands below mesh: names do not stand below each other: write `mesh-port: …`'],
    ['port: 1\nport: 2', '2:1 port is given twice: it stands in line 1 already'],
    ['port: [1]', '1:1 port is a list: give one value, as `port: 7500`'],
    ['config: /x', '1:1 config cannot stand in a file: give it as a flag, --config'],
    ['help: true', '1:1 help cannot stand in a file'],
    ['vm-channels: [off, auto]', '1:15 vm-channels is "off", "auto": off is for itself'],
    [`peer: [${'192.0.2.1:1, '.repeat(65)}]`, '1:8 peer has 65 values: give at most 64'],
    [`# ${'x'.repeat(70_000)}`, ': it is longer than 65536 bytes'],
    [Uint8Array.of(0x61, 0xff), ': it is not UTF-8'],
  ])('is refused: %j', async (text, problem) => {
    const [first, ...more] = await problemsOf(text)
    expect(first).toContain(problem)
    expect(more).toEqual([])
  })

  test('is told of with everything that is wrong with it, line by line', async () => {
    const text = 'port: x\nprot: 1\nname: a b\n  deep: 1\nlog-level: loud\n\npeer: [1]\nport: 3'
    const places = (await problemsOf(text)).map((problem) => problem.split(' ', 2).join(' '))
    expect(places).toEqual(['1:7 port', '2:1 there', '4:3 deep', '5:12 log-level', '7:8 peer', '8:1 port'])
    const many = await problemsOf('x: 1\n'.repeat(300))
    expect([many.length, many.at(-1)]).toEqual([51, ': there are 250 more: mend these first'])
  })

  test('is the one that was named, or else the first of the usual ones, or none', async () => {
    await expect(read()).rejects.toThrow('there is no such file')
    await expect(read(['--config', folder])).rejects.toThrow('it is no file')
    expect((await read(['--config', '/dev/null'])).file).toBe('/dev/null')
    await mkdir(join(folder, '.config/flotilla'), { recursive: true })
    await writeFile(join(folder, '.config/flotilla/config.yaml'), 'port: 1')
    expect((await read([])).settings.port).toBe(1)
    await mkdir(join(folder, 'xdg/flotilla'), { recursive: true })
    await writeFile(join(folder, 'xdg/flotilla/config.yaml'), 'port: 2')
    const xdg = { XDG_CONFIG_HOME: join(folder, 'xdg') }
    expect((await read([], xdg)).settings.port).toBe(2)
    expect((await read([], { XDG_CONFIG_HOME: 'relative' })).settings.port).toBe(1)
    await writeFile(path, 'port: 3')
    expect((await read([], { ...xdg, FLOTILLA_CONFIG: path })).settings.port).toBe(3)
    expect((await read(['--config', 'off'], { ...xdg, FLOTILLA_CONFIG: path })).file).toBeUndefined()
  })

  test('is read all the same where others may write in it, with a warning', async () => {
    await writeFile(path, 'port: 1')
    await chmod(path, 0o600)
    expect((await read()).warnings).toEqual([])
    await chmod(path, 0o622)
    expect((await read()).warnings).toEqual([`others may write in ${path}: take that from them with chmod go-w`])
    await chmod(path, 0o600)
    await chmod(folder, 0o777)
    expect((await read()).warnings).toEqual([expect.stringContaining('may put another file in the place of')])
    await chmod(folder, 0o1777)
    expect((await read()).warnings).toEqual([])
  })

  test('never fails but with sentences, whatever stands in it', async () => {
    const pieces = [
      'port',
      'peer',
      'name',
      ': ',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '7',
      'a',
      '{',
      '\t',
    ]
    for (let seed = 1; seed <= 400; seed++) {
      const prng = new Prng(seed)
      const words = Array.from({ length: prng.below(30) }, () => prng.pick(pieces))
      const bytes = prng.chance(1, 8) ? prng.bytes(30) : new TextEncoder().encode(words.join(''))
      await writeFile(path, bytes)
      const ending = await read().catch((error: unknown) => error)
      if (!(ending instanceof Error)) continue
      expect(ending, `seed ${seed}`).toBeInstanceOf(SettingsError)
      for (const { what, hint } of (ending as SettingsError).problems) expect(what && hint).not.toBe('')
    }
  })
})
