import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { bundleProgram } from './bundle.ts'
import { makeExecutable } from './executable.ts'

const execute = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-agent-'))
  const text = await bundleProgram(join(import.meta.dirname, '../src/main.ts'), process.platform)
  await writeFile(join(folder, 'agent.js'), text)
  await makeExecutable(text, join(folder, 'agent'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each([
  ['as one script', (): readonly [string, ...string[]] => [process.execPath, join(folder, 'agent.js')]],
  ['as one executable', (): readonly [string, ...string[]] => [join(folder, 'agent')]],
])('the agent %s', (_, command) => {
  // Nothing of the checkout may be needed, so it runs elsewhere and with an empty environment.
  const call = async (argument: string): Promise<string> => {
    const [program, ...args] = command()
    const { stdout } = await execute(program, [...args, argument], { cwd: folder, env: {} })
    return stdout
  }

  test('says its version', async () => {
    // A warning would be about what V8 has made of the script, if it cannot use it.
    const [program, ...args] = command()
    expect((await execute(program, [...args, '--version'], { env: {} })).stderr).toBe('')
    expect(await call('--version')).toBe(`flotilla-agent ${manifest.version}, on Node ${process.versions.node}\n`)
  })

  test('finds itself well', async () => {
    const lines = (await call('--self-check')).trim().split('\n')
    expect(lines.filter((line) => !line.startsWith('fine '))).toEqual([])
    expect(lines.join('\n')).toContain('the way to use a device: pipe-handle')
  })

  test('says what it would install', async () => {
    const [program] = command()
    const text = (await execute(program, [...command().slice(1), 'install', '--dry-run'], { env: {} })).stdout
    expect(text).toContain('/etc/systemd/system/flotilla-agent.service')
  })
})
