import { describe, expect, test } from 'vitest'
import { ScriptedRunner } from '../testing/scripted-runner.ts'
import { programRunner } from './node-program-runner.ts'
import { plainEnvironment, programAnswer } from './program-answer.ts'

const usual = { path: 'sh', timeoutMs: 20_000, outputBytesMax: 1_000 }

describe('a program that is asked something', () => {
  test('answers with what it says and how it ends, in a plain environment', async () => {
    await using runner = programRunner({ groups: 'none' })
    const script = 'echo "$HOME $LC_ALL"; cat; echo no >&2; exit 3'
    const input = new TextEncoder().encode('in')
    expect(await programAnswer(runner, { ...usual, arguments: ['-c', script], input })).toEqual({
      exitCode: 3,
      stdout: '/root C.UTF-8\nin',
      stderr: 'no\n',
      isCut: false,
    })
    const env = await programAnswer(runner, { ...usual, path: 'env', arguments: [] })
    expect(env.stdout.trim().split('\n').toSorted()).toEqual([...plainEnvironment].toSorted())
    const much = await programAnswer(runner, { ...usual, arguments: ['-c', 'head -c 5000 /dev/zero'] })
    expect([much.stdout.length, much.isCut]).toEqual([1_000, true])
  })

  test('is told of by a code where it does not end well', async () => {
    await using runner = programRunner({ groups: 'none', limits: { endGraceMs: 100 } })
    const late = programAnswer(runner, { ...usual, arguments: ['-c', 'sleep 600'], timeoutMs: 100 })
    await expect(late).rejects.toMatchObject({ code: 'timed-out' })
    const killed = programAnswer(runner, { ...usual, arguments: ['-c', 'kill -9 $$'] })
    await expect(killed).rejects.toMatchObject({ code: 'failed' })
    const missing = programAnswer(runner, { ...usual, path: 'no-such-program', arguments: [] })
    await expect(missing).rejects.toMatchObject({ code: 'not-found' })
  })

  test('is ended when it is not wanted any more, also while it begins, and not begun after that', async () => {
    const abort = new AbortController()
    const runner = new ScriptedRunner(() => {
      abort.abort(new Error('not wanted'))
      return { hangs: true }
    })
    const question = { ...usual, arguments: [], signal: abort.signal }
    await expect(programAnswer(runner, question)).rejects.toThrow('not wanted')
    await expect(programAnswer(runner, question)).rejects.toThrow('not wanted')
    expect(runner.ran).toHaveLength(1)
  })
})
