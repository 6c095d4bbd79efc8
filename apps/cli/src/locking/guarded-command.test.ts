import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { runGuarded } from './guarded-command.ts'

/** Runs a program of Node; `lose` ends the hold once the program has made the file. */
async function run(program: string, file?: string): Promise<number> {
  const lost = new AbortController()
  const ended = runGuarded({
    command: process.execPath,
    args: ['-e', program],
    env: { ...process.env, FILE: file },
    hold: { signal: lost.signal },
    killGraceMs: 100,
  })
  if (file !== undefined) {
    while ((await readFile(file, 'utf8').catch(() => '')) === '') await new Promise((again) => void setImmediate(again))
    lost.abort()
  }
  return ended
}

const ready = "require('node:fs').writeFileSync(process.env.FILE, String(process.pid)); setInterval(() => {}, 1e6);"

test.each([
  ['process.exit(0)', 0],
  ['process.exit(7)', 7],
  ["process.kill(process.pid, 'SIGKILL')", 137],
])('%s ends with %i', async (program, code) => {
  expect(await run(program)).toBe(code)
})

test('a lock that is lost ends the command', async () => {
  await using folder = await temporaryFolder()
  expect(await run(ready, join(folder.path, 'a'))).toBe(143)
})

test('a command that will not end is killed', async () => {
  await using folder = await temporaryFolder()
  expect(await run(`process.on('SIGTERM', () => {}); ${ready}`, join(folder.path, 'a'))).toBe(137)
})

test('what the command has started does not go on without the lock', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  const below = `process.on('SIGTERM', () => {}); ${ready}`
  const spawned = `spawn(process.execPath, ['-e', ${JSON.stringify(below)}])`
  const program = `require('node:child_process').${spawned}; setInterval(() => {}, 1e6)`
  expect(await run(program, file)).toBe(143)
  const pid = Number(await readFile(file, 'utf8'))
  expect(pid).toBeGreaterThan(1)
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  await expect.poll(isThere, { interval: 20, timeout: 20_000 }).toBe(false)
})

test('nothing is run where the lock is lost already', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  const args = ['-e', `require('node:fs').writeFileSync(${JSON.stringify(file)}, 'x')`]
  const hold = { signal: AbortSignal.abort() }
  expect(await runGuarded({ command: process.execPath, args, env: {}, hold, killGraceMs: 1 })).toBe(143)
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})

test('a command that is not there, or cannot be run, is said to be so', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  await writeFile(file, 'no program', { mode: 0o600 })
  const hold = { signal: new AbortController().signal }
  const start = (command: string): Promise<number> => runGuarded({ command, args: [], env: {}, hold, killGraceMs: 1 })
  await expect(start(`${file}-b`)).rejects.toMatchObject({ code: 'command-not-found' })
  await expect(start(file)).rejects.toMatchObject({ code: 'command-not-executable' })
})
