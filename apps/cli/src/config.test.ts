import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configuredFolder } from './running-node/configured-folder.ts'
import { flotilla, startNode, temporaryFolder, type Ended } from './testing/programs.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let path: string

beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder.path, 'config.yaml')
})

afterEach(() => folder[Symbol.asyncDispose]())

/** As somebody would who has no node here, but for the one that is started in the test. */
function config(...words: readonly string[]): Promise<Ended> {
  const environment = { FLOTILLA_DATA: join(folder.path, 'node'), FLOTILLA_CONFIG: '', HOME: folder.path }
  return flotilla(['config', ...words], environment)
}

describe('flotilla config without a node', () => {
  test('tells of everything that is wrong with a file, and of nothing where nothing is', async () => {
    await writeFile(path, 'prot: 1\nport: 70000\n')
    const wrong = await config('check', path)
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toContain(`${path}:1:1: there is no setting "prot"\n  did you mean port?`)
    expect(wrong.stdout).toContain(`${path}:2:7: port is "70000"\n  it must be a whole number from 0 to 65535`)
    await writeFile(path, 'port: 7000\n', { mode: 0o600 })
    expect(await config('check', path)).toMatchObject({ code: 0, stdout: `${path}: nothing is wrong\n` })
    const missing = await config('check', join(folder.path, 'none.yaml'))
    expect(missing).toMatchObject({ code: 1, stdout: expect.stringContaining('there is no such file') as string })
  })

  test('prints an example that nothing is wrong with', async () => {
    const { stdout } = await config('example')
    await writeFile(path, stdout)
    expect(await config('check', path, '--json')).toMatchObject({ code: 0 })
  })

  test('shows what would hold, and explains', async () => {
    await writeFile(path, '# one\nname: ann\n')
    const shown = await config('show', '--config', path)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(new RegExp(` name +ann +name \\(${path}:2\\)\n`))
    expect(shown.stdout).toMatch(/ port +7400 +default\n/)
    expect(shown.stdout).toMatch(/ data .* FLOTILLA_DATA\n/)
    expect((await config('explain', 'log-level')).stdout).toContain('trace, debug, info, warn or error')
    const misspelt = await config('explain', 'lglevel')
    expect(misspelt).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean log-level?') as string })
  })
})

test('flotilla config asks the node that runs, and has it read its file again', async () => {
  await writeFile(path, 'log-level: error\n', { mode: 0o600 })
  await using _node = await startNode(join(folder.path, 'node'), 'itself', ['--config', path])
  const before = await config('show')
  expect(before.stdout).toMatch(new RegExp(` log-level +error +log-level \\(${path}:1\\)\n`))
  expect(before.stdout).not.toContain('On the disk')

  await writeFile(path, 'log-level: warn\nname: bob\n')
  const differs = await config('show')
  expect(differs).toMatchObject({ code: 0, stdout: expect.stringMatching(/ log-level +error /) as string })
  expect(differs.stdout).toContain(
    'On the disk it is different: log-level; `flotilla config reload` has it take effect',
  )
  expect(differs.stdout).toContain('On the disk it is different: name; that holds from the next start')
  expect((await config('reload')).stdout).toBe('Changed: log-level.\nFrom the next start: name.\n')
  const after = JSON.parse((await config('show', '--json')).stdout) as { readonly settings: readonly object[] }
  expect(after.settings).toContainEqual(expect.objectContaining({ name: 'log-level', value: 'warn', origin: 'file' }))

  await writeFile(path, 'log-level: loud\n')
  for (const word of ['check', 'show', 'reload']) {
    const ending = await config(word)
    expect(ending).toMatchObject({ code: 1, stdout: expect.stringContaining(`${path}:1:12: log-level is`) as string })
  }
})

test('the data folder is that of the file that a node would read', async () => {
  await mkdir(join(folder.path, '.config/flotilla'), { recursive: true })
  await writeFile(join(folder.path, '.config/flotilla/config.yaml'), 'port: 1\ndata: here # it is\n')
  expect(configuredFolder({}, folder.path)).toBe(join(folder.path, '.config/flotilla/here'))
  await writeFile(path, 'data: "/there"\n')
  expect(configuredFolder({ FLOTILLA_CONFIG: path }, folder.path)).toBe('/there')
  expect(configuredFolder({ FLOTILLA_CONFIG: 'off' }, folder.path)).toBeUndefined()
  await mkdir(join(folder.path, 'xdg/flotilla'), { recursive: true })
  await writeFile(join(folder.path, 'xdg/flotilla/config.yaml'), 'port: 1')
  expect(configuredFolder({ XDG_CONFIG_HOME: join(folder.path, 'xdg') }, folder.path)).toBeUndefined()
})
