import { describe, expect, test } from 'vitest'
import type { ExactObject } from '../lines/index.ts'
import { memoryQgaSystem } from '../testing/index.ts'
import type { QgaProgramStatus, QgaSystem } from './contract.ts'
import { QgaDialect } from './dialect.ts'

const base64 = (text: string): string => btoa(text)

async function ask(dialect: QgaDialect, execute: string, given: ExactObject = {}): Promise<unknown> {
  const line = await dialect.answer({ execute, arguments: given })
  return JSON.parse(new TextDecoder().decode(line))
}

describe('files', () => {
  const opened = (handlesMax = 3) => {
    const system = memoryQgaSystem()
    const limits = { fileHandlesMax: handlesMax, replyContentBytesMax: 16 }
    return { system, dialect: new QgaDialect({ system, version: '1', limits }) }
  }

  test('have handles from 1000 on, and are written and read', async () => {
    const { dialect } = opened()
    expect(await ask(dialect, 'guest-file-open', { path: '/a', mode: 'w+' })).toEqual({ return: 1_000 })
    expect(await ask(dialect, 'guest-file-open', { path: '/b' })).toEqual({ return: 1_001 })
    const write = { handle: 1_000, 'buf-b64': base64('hello') }
    expect(await ask(dialect, 'guest-file-write', write)).toEqual({ return: { count: 5, eof: false } })
    expect(await ask(dialect, 'guest-file-write', { ...write, count: 2 })).toEqual({ return: { count: 2, eof: false } })
    const seek = { handle: 1_000, offset: 1, whence: 'set' }
    expect(await ask(dialect, 'guest-file-seek', seek)).toEqual({ return: { position: 1, eof: false } })
    expect(await ask(dialect, 'guest-file-read', { handle: 1_000, count: 4 })).toEqual({
      return: { count: 4, 'buf-b64': base64('ello'), eof: false },
    })
    expect(await ask(dialect, 'guest-file-read', { handle: 1_000 })).toEqual({
      return: { count: 2, 'buf-b64': base64('he'), eof: true },
    })
    expect(await ask(dialect, 'guest-file-flush', { handle: 1_000 })).toEqual({ return: {} })
    expect(await ask(dialect, 'guest-file-close', { handle: 1_000 })).toEqual({ return: {} })
    expect(await ask(dialect, 'guest-file-flush', { handle: 1_000 })).toMatchObject({
      error: { class: 'GenericError' },
    })
  })

  test('are cut honestly where a reply would be too long', async () => {
    const { dialect } = opened()
    await ask(dialect, 'guest-file-open', { path: '/a', mode: 'w+' })
    await ask(dialect, 'guest-file-write', { handle: 1_000, 'buf-b64': base64('x'.repeat(40)) })
    await ask(dialect, 'guest-file-seek', { handle: 1_000, offset: 0, whence: 0 })
    const read = { return: { count: 16, 'buf-b64': base64('x'.repeat(16)), eof: false } }
    expect(await ask(dialect, 'guest-file-read', { handle: 1_000, count: 40 })).toEqual(read)
  })

  test.each([-1, 6, 50_331_649])('a count of %i is refused', async (count) => {
    const { dialect } = opened()
    await ask(dialect, 'guest-file-open', { path: '/a' })
    const refusal = { error: { desc: `value '${count}' is invalid for argument count` } }
    expect(await ask(dialect, 'guest-file-write', { handle: 1_000, 'buf-b64': base64('hello'), count })).toMatchObject(
      refusal,
    )
    if (count === 6) return
    expect(await ask(dialect, 'guest-file-read', { handle: 1_000, count })).toMatchObject(refusal)
  })

  test('whence is a word or a number', async () => {
    const { dialect } = opened()
    await ask(dialect, 'guest-file-open', { path: '/a' })
    const seek = (whence: string | number) => ask(dialect, 'guest-file-seek', { handle: 1_000, offset: 0, whence })
    for (const whence of [0, 1, 2, 'set', 'cur', 'end']) expect(await seek(whence)).toHaveProperty('return')
    expect(await seek(9)).toMatchObject({ error: { desc: 'invalid whence code 9' } })
    expect(await seek('foo')).toMatchObject({ error: { desc: "Parameter 'whence' does not accept value 'foo'" } })
  })

  test('only so many are open, and all are closed in the end', async () => {
    const { dialect, system } = opened(2)
    await ask(dialect, 'guest-file-open', { path: '/a' })
    await ask(dialect, 'guest-file-open', { path: '/b' })
    expect(await ask(dialect, 'guest-file-open', { path: '/c' })).toMatchObject({
      error: { desc: '2 files are open already: close some of them first' },
    })
    await dialect[Symbol.asyncDispose]()
    expect(system.calls).toEqual(['close /a', 'close /b'])
    expect(dialect.openFiles).toBe(0)
  })
})

describe('programs', () => {
  test('are begun, and say once what became of them', async () => {
    const dialect = new QgaDialect({ system: memoryQgaSystem(), version: '1' })
    expect(await ask(dialect, 'guest-exec', { path: 'sh', 'capture-output': true })).toEqual({ return: { pid: 4_711 } })
    // The other output was empty, so it is absent.
    expect(await ask(dialect, 'guest-exec-status', { pid: 4_711 })).toEqual({
      return: { exited: true, exitcode: 3, 'out-data': base64('out'), 'out-truncated': false },
    })
    expect(await ask(dialect, 'guest-exec-status', { pid: 4_711 })).toMatchObject({
      error: { desc: "Invalid parameter 'pid'" },
    })
    expect(await ask(dialect, 'guest-exec', { path: 'missing' })).toMatchObject({
      error: { desc: 'there is no such program' },
    })
  })

  test.each([
    [false, 'none'],
    [true, 'separated'],
    ['merged', 'merged'],
    ['stderr', 'stderr'],
  ])('capture-output %s is %s', async (given, capture) => {
    let asked: unknown
    const programs = {
      start: (program: unknown) => {
        asked = program
        return Promise.resolve(1)
      },
      status: () => undefined,
    }
    const system: QgaSystem = { programs, [Symbol.asyncDispose]: () => Promise.resolve() }
    const dialect = new QgaDialect({ system, version: '1' })
    const request = { path: 'sh', arg: ['-c'], env: ['A=b'], 'input-data': base64('in'), 'capture-output': given }
    await ask(dialect, 'guest-exec', request)
    const input = new TextEncoder().encode('in')
    expect(asked).toEqual({ path: 'sh', arguments: ['-c'], environment: ['A=b'], input, capture })
  })

  test.each([
    [40, 0, 16, undefined],
    [0, 40, undefined, 16],
    [40, 40, 8, 8],
    [4, 40, 4, 12],
    [40, 4, 12, 4],
    [8, 8, 8, 8],
  ])('outputs of %i and %i bytes share the room of a reply', async (outBytes, errBytes, outTold, errTold) => {
    const status: QgaProgramStatus = {
      isExited: true,
      signal: 9,
      stdout: new Uint8Array(outBytes),
      stderr: new Uint8Array(errBytes),
    }
    const programs = { start: () => Promise.resolve(1), status: () => status }
    const system: QgaSystem = { programs, [Symbol.asyncDispose]: () => Promise.resolve() }
    const dialect = new QgaDialect({ system, version: '1', limits: { replyContentBytesMax: 16 } })
    const data = (bytes: number | undefined) => bytes && btoa('\0'.repeat(bytes))
    const told = (await ask(dialect, 'guest-exec-status', { pid: 1 })) as { readonly return: Record<string, unknown> }
    expect(told.return).toEqual({
      exited: true,
      signal: 9,
      ...(outTold === undefined ? {} : { 'out-data': data(outTold), 'out-truncated': outTold < outBytes }),
      ...(errTold === undefined ? {} : { 'err-data': data(errTold), 'err-truncated': errTold < errBytes }),
    })
  })
})
