import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EndedProgram, ProgramToRun } from './contract.ts'
import { programRunner } from './node-program-runner.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function shell(script: string, more: Partial<ProgramToRun> = {}): ProgramToRun {
  return { path: 'sh', arguments: ['-c', script], capture: 'separated', outputBytesMax: 1_000_000, ...more }
}

async function ran(program: ProgramToRun): Promise<EndedProgram> {
  await using runner = programRunner({ groups: 'none' })
  return await (
    await runner.start(program)
  ).ended
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a program', () => {
  test('ends with its exit code, its output apart or together, and its input', async () => {
    const ended = await ran(shell('echo out; echo err >&2; exit 3'))
    expect(ended).toMatchObject({ exitCode: 3, isStdoutCut: false, isStderrCut: false })
    expect([text(ended.stdout), text(ended.stderr)]).toEqual(['out\n', 'err\n'])
    const merged = await ran(shell('echo one; echo two >&2; echo three', { capture: 'merged' }))
    expect([text(merged.stdout), text(merged.stderr)]).toEqual(['one\ntwo\nthree\n', ''])
    const fed = await ran({ ...shell(''), path: 'cat', arguments: [], input: new TextEncoder().encode('in') })
    expect(text(fed.stdout)).toBe('in')
    expect(text((await ran(shell('echo out; echo err >&2', { capture: 'stderr' }))).stdout)).toBe('')
  })

  test('has the environment that was given, and no other', async () => {
    const ended = await ran({ ...shell(''), path: 'env', arguments: [], environment: ['A=b=c', 'PATH=/usr/bin:/bin'] })
    expect(text(ended.stdout).trim().split('\n').toSorted()).toEqual(['A=b=c', 'PATH=/usr/bin:/bin'])
  })

  test('is not found, or may not be run, with a reason', async () => {
    await using runner = programRunner({ groups: 'none' })
    await expect(runner.start({ ...shell(''), path: 'no-such-program' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(runner.start({ ...shell(''), path: '/etc/passwd' })).rejects.toMatchObject({ code: 'not-permitted' })
    await expect(runner.start({ ...shell(''), path: '/tmp' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('is refused where its command line is too long for the system', async () => {
    await using runner = programRunner({ groups: 'none' })
    const long = { ...shell(''), path: 'true', arguments: ['x'.repeat(3_000_000)] }
    await expect(runner.start(long)).rejects.toMatchObject({ name: 'FlotillaError', code: 'failed' })
  })

  test('fills no memory, whatever it writes', async () => {
    const pieces: number[] = []
    const ended = await ran(
      shell('head -c 5000000 /dev/zero; echo done >&2', {
        outputBytesMax: 1_000,
        onOutput: (_stream, bytes) => pieces.push(bytes.length),
      }),
    )
    expect(ended).toMatchObject({ exitCode: 0, isStdoutCut: true, isStderrCut: false })
    expect(ended.stdout.length).toBe(1_000)
    expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_005)
  })

  test('is ended after its time, with all that it has started, also where it will not', async () => {
    const ended = await ran(shell('trap "" TERM; (trap "" TERM; sleep 600) & echo $!; sleep 600', { timeoutMs: 300 }))
    expect(ended).toMatchObject({ endedBy: 'timeout', signal: 'SIGKILL' })
    const child = Number(text(ended.stdout))
    await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false)
  })

  test('answers when it has ended, though what it has started holds its output', async () => {
    const ended = await ran(shell('sleep 600 & echo $!'))
    expect(ended.exitCode).toBe(0)
    const child = Number(text(ended.stdout))
    await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false)
    const left = await ran(shell('sleep 600 & echo $!', { leavesOthers: true }))
    const other = Number(text(left.stdout))
    expect(isAlive(other)).toBe(true)
    process.kill(other, 'SIGKILL')
  })

  test('is cancelled, and those that run end with the runner', async () => {
    const runner = programRunner({ groups: 'none', limits: { programsMax: 2 } })
    const [one, other] = [await runner.start(shell('sleep 600')), await runner.start(shell('sleep 600'))]
    await expect(runner.start(shell('true'))).rejects.toMatchObject({ code: 'overloaded' })
    one.end('cancelled')
    expect(await one.ended).toMatchObject({ endedBy: 'cancelled', signal: 'SIGTERM' })
    await runner[Symbol.asyncDispose]()
    expect(await other.ended).toMatchObject({ endedBy: 'cancelled' })
    await expect(runner.start(shell('true'))).rejects.toMatchObject({ code: 'closed' })
  })

  test('does not get more memory or processor than it may', async () => {
    const confinement = { memoryBytesMax: 64 * 2 ** 20, processorPercentMax: 10 }
    const greedy = { ...shell(''), path: process.execPath, arguments: ['-e', 'Buffer.alloc(5e8, 1)'] }
    const ended = await ran({ ...greedy, confinement, timeoutMs: 60_000 })
    expect(ended.exitCode === 0).toBe(false)
    const busy = await ran(shell('while :; do :; done', { confinement, timeoutMs: 60_000 }))
    expect(busy.signal).toMatch(/^SIG(KILL|XCPU)$/)
  })

  test('is given its name and arguments as they are, through the shell too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-run-'))
    try {
      const path = join(folder, 'a "b" $(c) \'d')
      await writeFile(path, '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o700 })
      const given = ['$HOME', '`id`', '"', "'", '', 'a b', '-n', '\n']
      const ended = await ran({ ...shell(''), path, arguments: given, capture: 'merged' })
      expect(text(ended.stdout)).toBe(given.map((each) => `${each}|`).join(''))
      expect((await readFile(path, 'utf8')).length).toBeGreaterThan(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
