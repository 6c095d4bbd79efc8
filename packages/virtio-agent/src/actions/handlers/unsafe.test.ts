import { describe, expect, test } from 'vitest'
import { programRunner } from '../../execution/node-program-runner.ts'
import { GuestMachine } from '../../testing/guest-machine.ts'

const signed = { isSigned: true } as const

function text(base64: unknown): string {
  return Buffer.from(String(base64), 'base64').toString()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('an unsafe order', () => {
  test('says what is run, with what, and within which limits', async () => {
    const limits = { memoryBytesMax: 2 ** 30, processorPercentMax: 50, processesMax: 9, outputBytesMax: 7 }
    const guest = new GuestMachine({ limits, environment: ['PATH=/bin'] })
    const program = { path: '/bin/cat', arguments: ['-', 'a b'], input: 'aGk=', folder: '/srv' }
    await guest.order('unsafe.exec', program, { ...signed, timeoutMs: 5_000 })
    await guest.order('unsafe.shell', { script: 'exit 3', environment: ['A=b=c'] }, signed)
    expect(guest.runner.ran[0]).toMatchObject({
      path: '/bin/cat',
      arguments: ['-', 'a b'],
      environment: ['PATH=/bin'],
      input: new TextEncoder().encode('hi'),
      folder: '/srv',
      timeoutMs: 5_000,
      outputBytesMax: 7,
      confinement: { memoryBytesMax: 2 ** 30, processorPercentMax: 50, processesMax: 9 },
    })
    expect(guest.runner.ran[1]).toMatchObject({ path: '/bin/sh', arguments: ['-c', 'exit 3'], environment: ['A=b=c'] })
    expect(guest.runner.ran.some(({ leavesOthers }) => leavesOthers === true)).toBe(false)
  })

  test('is refused where it is more than the system takes, in bytes and not in characters', async () => {
    const wide = '\u{20ac}'.repeat(50_000)
    const odd = [
      {},
      { path: '' },
      { path: 'a\0' },
      { path: 'id', arguments: 'a' },
      { path: 'id', arguments: ['a\0'] },
      { path: 'id', arguments: [wide] },
      { path: 'id', arguments: ['x'.repeat(70_000), 'x'.repeat(70_000)] },
      { path: 'id', environment: ['PATH'] },
      { path: 'id', environment: ['A=1', '1A=2'] },
      { path: 'id', environment: [`A=${wide}`] },
      { path: 'id', folder: 'relative' },
      { path: 'id', input: 'no base64!' },
      { path: 'id', shell: true },
    ]
    for (const given of odd) {
      const guest = new GuestMachine()
      expect([given, await guest.order('unsafe.exec', given, signed)]).toMatchObject([
        given,
        { type: 'refused', code: 'wrong-arguments' },
      ])
      expect(guest.runner.ran).toEqual([])
    }
    for (const script of [wide, 'x'.repeat(131_072), 'a\0', 7]) {
      const guest = new GuestMachine()
      expect(await guest.order('unsafe.shell', { script }, signed)).toMatchObject({ code: 'wrong-arguments' })
    }
  })

  test('tells how the program ended, and what it said as it said it', async () => {
    await using runner = programRunner({ groups: 'none' })
    const guest = new GuestMachine({ runner, limits: { outputBytesMax: 10 } })
    const script = 'echo out; echo error of many words >&2; exit 3'
    const outcome = await guest.order('unsafe.shell', { script }, signed)
    expect(outcome).toMatchObject({ type: 'done', value: { exitCode: 3, stdoutCut: false, stderrCut: true } })
    const { stdout, stderr } = (outcome as { readonly value: Readonly<Record<string, unknown>> }).value
    expect([text(stdout), text(stderr)]).toEqual(['out\n', 'error of m'])
    const streams = guest.progress.flatMap((piece) => (piece.type === 'output' ? [piece.stream] : []))
    expect(new Set(streams)).toEqual(new Set(['stdout', 'stderr']))
    const killed = await guest.order('unsafe.shell', { script: 'kill -9 $$' }, signed)
    expect(killed).toMatchObject({ type: 'done', value: { signal: 'SIGKILL' } })
    expect(await guest.order('unsafe.exec', { path: 'no-such-program' }, signed)).toMatchObject({ code: 'not-found' })
  })

  test('ends after its time, or when it is cancelled, with all that it has started', async () => {
    await using runner = programRunner({ groups: 'none', limits: { endGraceMs: 100 } })
    const guest = new GuestMachine({ runner })
    const script = 'sleep 600 & echo $!; wait'
    const late = await guest.order('unsafe.shell', { script }, { ...signed, timeoutMs: 300 })
    expect(late).toMatchObject({ type: 'failed', code: 'timed-out' })
    const cancelled = guest.order('unsafe.shell', { script }, signed)
    await expect.poll(() => guest.progress.length, { timeout: 10_000 }).toBe(2)
    guest.abort.abort(new Error('the host does not want it'))
    expect(await cancelled).toMatchObject({ type: 'failed', code: 'cancelled' })
    const pids = guest.progress.map((piece) =>
      Number(piece.type === 'output' ? new TextDecoder().decode(piece.bytes) : 0),
    )
    for (const pid of pids) await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })

  test('ends where it was cancelled while it was being started', async () => {
    const guest: GuestMachine = new GuestMachine({}, () => {
      guest.abort.abort(new Error('the host does not want it'))
      return { hangs: true }
    })
    expect(await guest.order('unsafe.exec', { path: 'id' }, signed)).toMatchObject({ code: 'cancelled' })
  })

  test('is answered though a grandchild holds its output', async () => {
    await using runner = programRunner({ groups: 'none' })
    const guest = new GuestMachine({ runner })
    const outcome = await guest.order('unsafe.shell', { script: 'sleep 600 & exit 0' }, signed)
    expect(outcome).toMatchObject({ type: 'done', value: { exitCode: 0 } })
  })
})
