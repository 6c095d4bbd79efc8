import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JsonStream, jsonDefaults, type ExactJson } from '../lines/index.ts'
import { memoryQgaSystem } from '../testing/index.ts'
import { QgaDialect } from './dialect.ts'
import { differences } from './differences.ts'

const program = '/usr/sbin/qemu-ga'
/** Without a line for so long, it has nothing more to say. */
const quietMs = 100

/** The original, on a socket; the README says how it is installed. */
class RealAgent {
  readonly #folder: string
  readonly #socket: Socket
  readonly #process: ChildProcess
  #text = ''

  static async start(): Promise<RealAgent> {
    const folder = mkdtempSync(join(tmpdir(), 'qemu-ga-'))
    const path = join(folder, 'socket')
    const started = spawn(program, ['-m', 'unix-listen', '-p', path, '-t', folder, '-f', join(folder, 'pid')])
    for (let tries = 0; tries < 100 && !existsSync(path); tries++) await sleep(50)
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RealAgent(folder, started, socket)
  }

  private constructor(folder: string, started: ChildProcess, socket: Socket) {
    this.#folder = folder
    this.#process = started
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (this.#text += text))
  }

  async ask(text: string, patienceMs = 1_500): Promise<readonly string[]> {
    this.#text = ''
    this.#socket.write(text)
    for (let waitedMs = 0; waitedMs < patienceMs && !this.#text.endsWith('\n'); waitedMs += 10) await sleep(10)
    for (let before = ''; before !== this.#text;) {
      before = this.#text
      await sleep(quietMs)
    }
    return this.#text.split('\n').filter((line) => line !== '')
  }

  async stop(): Promise<void> {
    this.#socket.destroy()
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill()
    await ended
    rmSync(this.#folder, { recursive: true })
  }
}

/** Ours, asked in the same way. */
async function askOurs(dialect: QgaDialect, text: string): Promise<readonly string[]> {
  const works: (ExactJson | { readonly trouble: string })[] = []
  new JsonStream(jsonDefaults).push(new TextEncoder().encode(text), {
    onValue: (value) => works.push([value]),
    onTrouble: (trouble) => works.push({ trouble: `JSON parse error, ${trouble}` }),
  })
  const lines: string[] = []
  for (const work of works) {
    const line = Array.isArray(work)
      ? await dialect.answer((work as readonly ExactJson[])[0] ?? null)
      : dialect.trouble((work as { readonly trouble: string }).trouble)
    if (line !== undefined) lines.push(new TextDecoder('latin1').decode(line).slice(0, -1))
  }
  return lines
}

/** A reply as what its fields are, whatever is in them; a list as its items together. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const shapes = value.map(shapeOf)
    return shapes.every((shape) => typeof shape === 'object') ? [Object.assign({}, ...shapes)] : [shapes[0]]
  }
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

const parsed = (line: string | undefined): unknown => JSON.parse((line ?? 'null').replace(/^\u00ff/, ''))

describe.runIf(existsSync(program))('beside the original', () => {
  let real: RealAgent
  const ours = new QgaDialect({ system: memoryQgaSystem(), version: '1' })
  beforeAll(async () => void (real = await RealAgent.start()), 30_000)
  afterAll(() => real?.stop())

  const both = async (text: string): Promise<readonly [readonly string[], readonly string[]]> => [
    await real.ask(text),
    await askOurs(ours, text),
  ]

  test.each([
    '{"execute":"guest-ping"}\n',
    '{"execute":"guest-ping","id":{"a":[1,9223372036854775807]}}',
    '{"execute":"guest-ping","id":null}{"execute":"guest-ping","id":18446744073709551615}\r\n',
    '{"execute":"guest-ping","id":"\\u00e9\\ud83d\\ude00"}\n',
    "{'execute':'guest-sync','arguments':{'id':9223372036854775807}}\n",
    '{"execute":"guest-sync","arguments":{"id":9223372036854775808}}\n',
    '{"execute":"guest-sync","arguments":{"id":1,"b":2}}\n',
    '{"execute":"guest-sync"}\n',
    '{"execute":"guest-sync-delimited","arguments":{"id":7}}\n',
    '{"execute":"guest-nope"}\n',
    '{"execute":"guest-get-devices"}\n',
    '{"execute":"guest-ping","foo":1}\n',
    '{}\n',
    '[1]\n',
    '123\n',
    '{"execute":1}\n',
    '{"execute":"guest-ping","arguments":[]}\n',
    'foo\n',
    '{"execute":"guest-ping"}}\n',
    '{"execute":"guest-ping","execute":"guest-ping"}\n',
    '{"execute":"guest-ping","id":"\\q"}\n',
    '{"execute":"guest-ping",}\n',
    '{"execute" "guest-ping"}\n',
    '{"execute":\n"guest-ping"\n}\n',
    '{"execute":"guest-file-open","arguments":{"path":"/nowhere","mode":"q"}}\n',
    '{"execute":"guest-file-close","arguments":{"handle":77}}\n',
    '{"execute":"guest-exec","arguments":{"path":"sh","arg":"x"}}\n',
    '{"execute":"guest-exec","arguments":{"path":"sh","arg":[1]}}\n',
    '{"execute":"guest-exec-status","arguments":{"pid":1}}\n',
    '{"execute":"guest-set-vcpus","arguments":{"vcpus":[{"logical-id":0}]}}\n',
    '{"execute":"guest-set-vcpus","arguments":{"vcpus":[]}}\n',
    '{"execute":"guest-set-user-password","arguments":{"username":"a","password":"!!","crypted":false}}\n',
  ])('the same is said to %j', async (text) => {
    const [theirs, mine] = await both(text)
    expect(mine.map(parsed)).toEqual(theirs.map(parsed))
    expect(mine.map((line) => line.startsWith('\u00ff'))).toEqual(theirs.map((line) => line.startsWith('\u00ff')))
    expect(theirs.length).toBeGreaterThan(0)
  })

  test.each([
    'get-time',
    'get-host-name',
    'get-timezone',
    'get-vcpus',
    'get-memory-block-info',
    'network-get-interfaces',
    'get-fsinfo',
    'get-disks',
    'fsfreeze-status',
    'info',
  ])('guest-%s has the same shape', async (name) => {
    const [theirs, mine] = await both(`{"execute":"guest-${name}"}\n`)
    const [reply] = theirs
    // A machine like this may have no disk, or not let it be asked: then there is nothing to compare.
    if (reply === undefined || reply.includes('"error"') || reply.includes('"return": []')) return
    expect(shapeOf(parsed(mine[0]))).toMatchObject(requiredOf(shapeOf(parsed(reply))))
  })

  test('it knows no command that ours does not', async () => {
    const names = (line: string | undefined): readonly string[] =>
      (parsed(line) as { return: { supported_commands: { name: string }[] } }).return.supported_commands.map(
        (command) => command.name,
      )
    const [theirs, mine] = await both('{"execute":"guest-info"}\n')
    const known = new Set(names(mine[0]))
    expect(names(theirs[0]).filter((name) => !known.has(name))).toEqual([])
  })

  test.each(differences)('differs on purpose: $what', async ({ input, original, ours: expected }) => {
    const [theirs, mine] = await both(input)
    expect(theirs.map((line) => line.replaceAll(': ', ':').replaceAll(', "', ',"'))).toEqual(original)
    expect(mine).toEqual(expected)
    // Whatever it did to the original, it is brought back by 0xFF.
    await real.ask('\u00ff')
  })
})

/** Without what only some machines have. */
function requiredOf(shape: unknown): object {
  const optional = [
    'serial',
    'total-bytes-privileged',
    'alias',
    'domain',
    'used-bytes',
    'total-bytes',
    'statistics',
    'dev',
  ]
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip)
    if (typeof value !== 'object' || value === null) return value
    const kept = Object.entries(value).filter(([name]) => !optional.includes(name))
    return Object.fromEntries(kept.map(([name, member]) => [name, strip(member)]))
  }
  return strip(shape) as object
}
