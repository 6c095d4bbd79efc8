import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test, type TestContext } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { shellScript, type Shell } from './shell-scripts.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A folder with a `flotilla` on the path, and a node in it that knows two locks. */
async function typed(shell: Shell, { skip }: TestContext, script: string): Promise<readonly string[]> {
  await run(shell, ['-c', 'true']).catch(() => skip(`${shell} is not installed`))
  await using folder = await temporaryFolder()
  const server = createServer((request, response) => {
    const locks = ['deploy/a:1', 'deploy/b c'].map((key) => ({ key }))
    response.end(JSON.stringify(request.url?.startsWith('/v1/locks') === true ? { locks } : {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const access = { url, token: 'abc', pid: process.pid }
    await mkdir(join(folder.path, 'bin'))
    await writeFile(join(folder.path, 'access.json'), JSON.stringify(access), { mode: 0o600 })
    await writeFile(join(folder.path, 'bin', 'flotilla'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
    await chmod(join(folder.path, 'bin', 'flotilla'), 0o755)
    await writeFile(join(folder.path, 'script'), shellScript(shell))
    const { stdout } = await run(shell, ['-c', script], {
      cwd: folder.path,
      env: { ...process.env, FLOTILLA_DATA: folder.path, PATH: `${join(folder.path, 'bin')}${delimiter}/usr/bin:/bin` },
    })
    return stdout.trim().split('\n')
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('bash completes commands and keys, those with colons and blanks too', async (context) => {
  const complete = (words: string): string => `
    COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _flotilla; printf '%s\\n' "\${COMPREPLY[@]}"; echo -`
  const script = [
    'source ./script',
    complete('flotilla lock r'),
    complete('flotilla lock show deploy/'),
    // As bash itself takes it apart at the colon.
    complete('flotilla lock show deploy/a : ""'),
    complete('flotilla blob put scr'),
  ].join('\n')
  expect(await typed('bash', context, script)).toEqual([
    'run',
    '-',
    'deploy/a:1',
    String.raw`deploy/b\ c`,
    '-',
    '1',
    '-',
    'script',
    '-',
  ])
})

test('zsh completes commands, with what they are about', async (context) => {
  const script = `
    compdef() {}; _describe() { print -rl -- "\${found[@]}"; }; _files() { print FILES; }
    source ./script
    words=(flotilla lock show ''); CURRENT=4; _flotilla
    words=(flotilla blob put ''); CURRENT=4; _flotilla
    words=(flotilla ps --so); CURRENT=3; _flotilla`
  const lines = await typed('zsh', context, script)
  expect(lines).toEqual([
    String.raw`deploy/a\:1`,
    'deploy/b c',
    'FILES',
    expect.stringMatching(/^--sort:cpu, memory/) as string,
  ])
})

test('fish completes commands and keys', async (context) => {
  const script = `source ./script; complete -C 'flotilla lock r'; complete -C 'flotilla lock show deploy/a'`
  expect(await typed('fish', context, script)).toEqual(['run', 'deploy/a:1'])
})
