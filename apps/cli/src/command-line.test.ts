import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandTable } from './command-table.ts'
import { helpOf } from './commands/help.ts'
import { renderLines } from './terminal/lines.ts'
import { flotilla, startNode, temporaryFolder } from './testing/programs.ts'

interface Described {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly options: readonly { readonly name: string }[]
}

const names = [...commandTable.map(({ name }) => name), 'help']

async function json(...args: readonly string[]): Promise<unknown> {
  const { code, stdout } = await flotilla(['--json', ...args])
  return { code, document: JSON.parse(stdout) as unknown }
}

test('help lists the commands, for people and for programs', async () => {
  const { code, stdout } = await flotilla(['--help', '--json'])
  const { commands } = JSON.parse(stdout) as { readonly commands: readonly Described[] }
  expect(code).toBe(0)
  expect(commands.map(({ name }) => name)).toEqual(names)
  for (const { name, summary, usage, options } of commands) {
    expect(usage.startsWith(`flotilla ${name}`)).toBe(true)
    expect(summary).not.toBe('')
    expect(options.map((option) => option.name)).toEqual(expect.arrayContaining(['json', 'help', 'no-color']))
  }
  const [bare, asked] = await Promise.all([flotilla([]), flotilla(['help'])])
  expect(bare).toEqual(asked)
  expect(bare).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/3 {2}no node runs/) as string })
})

test.each(commandTable)('$name says how to use it, with an example', async ({ name, load }) => {
  const command = await load()
  expect(command.name).toBe(name)
  expect(command.examples?.length ?? 0).toBeGreaterThan(0)
  const text = renderLines(helpOf(command).lines, false)
  for (const part of [`flotilla ${name}`, command.summary, 'For example:', '--json']) expect(text).toContain(part)
})

test('help of one command is the same however it is asked for', async () => {
  const [text, asked, document] = await Promise.all([
    flotilla(['lock', 'run', '--help']),
    flotilla(['help', 'lock', 'run']),
    json('lock', 'run', '--help'),
  ])
  expect(text).toMatchObject({ code: 0, stderr: '' })
  expect(text.stdout.startsWith('flotilla lock run')).toBe(true)
  expect(asked).toEqual(text)
  expect(document).toMatchObject({ code: 0, document: { name: 'lock run' } })
})

test('the first word of commands of two lists them', async () => {
  const [text, asked] = await Promise.all([flotilla(['lock', '--help']), flotilla(['help', 'lock'])])
  expect(text).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^ {2}lock run KEY/) as string })
  expect(asked).toEqual(text)
  const { commands } = JSON.parse((await flotilla(['lock', '--help', '--json'])).stdout) as {
    readonly commands: readonly Described[]
  }
  expect(commands.map(({ name }) => name)).toEqual(names.filter((name) => name.startsWith('lock ')))
})

test('without a node they say so, with an exit code of its own', async () => {
  await using folder = await temporaryFolder()
  for (const command of ['status', 'history', 'lock ls', 'lock watch a', 'raft']) {
    const { code, stdout, stderr } = await flotilla([...command.split(' '), '--data', folder.path])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^flotilla: no node runs on .*: start one with `npm start`.*\n$/)
    const answer = await json(...command.split(' '), '--data', folder.path)
    expect(answer).toMatchObject({ code: 3, document: { error: { code: 'not-running' } } })
  }
})

describe('wrong usage', () => {
  const lines = [
    'statsu',
    'status --limit 1',
    'history --limit 0',
    'history --limit 1e3',
    'id check',
    'help nothing',
    'lock',
    'lock run build',
    'lock run build --timeout 0s -- true',
    'lock run build --timeout 1h --no-wait -- true',
    'lock run build --wait --no-wait -- true',
    'lock run build --timeout 31d -- true',
    'lock ls a b',
  ]
  test.each(lines)('%s', async (line) => {
    const { code, stdout, stderr } = await flotilla(line.split(' '))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^flotilla: [^\n]+\n$/)
    expect(await json(...line.split(' '))).toMatchObject({ code: 2, document: { error: { code: 'wrong-usage' } } })
  })
})

test('lock run says with a code of its own that it could not run the command', async () => {
  await using folder = await temporaryFolder()
  const { code, stdout, stderr } = await flotilla(['lock', 'run', 'build', '--data', folder.path, '--', 'echo', 'no'])
  expect({ code, stdout }).toEqual({ code: 125, stdout: '' })
  expect(stderr).toMatch(/no node runs on/)
  const help = await flotilla(['lock', 'run', '--help'])
  for (const words of ['For example:', '124', 'not ours within --timeout']) expect(help.stdout).toContain(words)
})

test('control characters of an error are shown, not done', async () => {
  const { code, stderr } = await flotilla(['status', '--data', '\u001B[2J\n\u202E'])
  expect(code).toBe(3)
  expect(stderr).toContain(String.raw`\u{1b}[2J\u{a}\u{202e}`)
  expect(stderr).toMatch(/^[ -~]+\n$/)
})

test('an id is checked, and a typing error found', async () => {
  await using folder = await temporaryFolder()
  await using node = await startNode(join(folder.path, 'node'))
  expect(await json('id', 'check', node.id.toUpperCase())).toEqual({ code: 0, document: { id: node.id } })
  const mistyped = node.id.slice(0, -1) + (node.id.endsWith('q') ? 'p' : 'q')
  expect(await json('id', 'check', mistyped)).toMatchObject({ code: 1, document: { error: { code: 'wrong-node-id' } } })
})

test('a node that runs is asked; the environment names its folder too, and the flag wins', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'node')
  await using node = await startNode(data)
  const status = await flotilla(['status', '--json'], { FLOTILLA_DATA: data })
  expect(JSON.parse(status.stdout)).toMatchObject({ node: { id: node.id, pid: node.pid, life: 1, dataFolder: data } })
  const text = await flotilla(['status', '--data', data], {
    FLOTILLA_DATA: '/nowhere',
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: 'http://127.0.0.1:9',
  })
  expect(text).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(node.id) as string })
  expect(await json('history', '--data', data)).toMatchObject({
    code: 0,
    document: { history: [{ life: 1, type: 'started' }] },
  })
  const rows = await flotilla(['history', '--limit', '1', '--data', data])
  expect(rows).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ {2}\S+Z {2}life 1 {2}started/) as string })
  expect(await json('id', 'show', '--data', data)).toEqual({ code: 0, document: { id: node.id } })

  await node.end('SIGTERM')
  expect(await flotilla(['status', '--data', data])).toMatchObject({ code: 3 })
  expect(await json('id', 'show', '--data', data)).toEqual({ code: 0, document: { id: node.id } })
})

test('no id without a key, or with a damaged one', async () => {
  await using folder = await temporaryFolder()
  const show = async (): Promise<unknown> => json('id', 'show', '--data', folder.path)
  expect(await show()).toMatchObject({ code: 1, document: { error: { code: 'key-missing' } } })
  await mkdir(join(folder.path, 'disk'))
  for (const size of [0, 32, 64]) {
    await writeFile(join(folder.path, 'disk/identity.key'), Buffer.alloc(size))
    expect(await show()).toMatchObject({ code: 1, document: { error: { code: 'key-damaged' } } })
  }
})

test('up runs a node in front, hands signals on, and ends as it ends', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'node')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await using up = await startNode(data, 'up')
    expect(up.pid).not.toBe(up.child.pid)
    expect(await flotilla(['status', '--data', data])).toMatchObject({ code: 0 })
    expect(await up.end(signal)).toBe(0)
    expect(await flotilla(['status', '--data', data])).toMatchObject({ code: 3 })
  }
  await using node = await startNode(data)
  const second = await flotilla(['up', '--data', data, '--port', '0'])
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`process ${node.pid}`)
  expect(await flotilla(['up', '--', '--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/flotillad/) as string,
  })
})
