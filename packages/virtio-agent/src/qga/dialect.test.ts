import { describe, expect, test } from 'vitest'
import { JsonStream, jsonDefaults, type ExactJson } from '../lines/index.ts'
import { memoryQgaSystem } from '../testing/index.ts'
import { qgaCommands } from './command-table.ts'
import { QgaRefusal, type QgaSystem } from './contract.ts'
import { QgaDialect, type QgaDialectOptions } from './dialect.ts'

const empty: QgaSystem = { [Symbol.asyncDispose]: () => Promise.resolve() }

/** What is answered to that request, as text. */
async function ask(text: string, options: Partial<QgaDialectOptions> = {}): Promise<string | undefined> {
  const dialect = new QgaDialect({ system: memoryQgaSystem(), version: '1.2', ...options })
  return askOf(dialect, text)
}

async function askOf(dialect: QgaDialect, text: string): Promise<string | undefined> {
  let request: ExactJson = null
  const stream = new JsonStream(jsonDefaults)
  stream.push(new TextEncoder().encode(`${text}\n`), {
    onValue: (value) => (request = value),
    onTrouble: (what) => expect.unreachable(what),
  })
  const line = await dialect.answer(request)
  return line && new TextDecoder('latin1').decode(line)
}

const generic = (desc: string): string => `{"error":{"class":"GenericError","desc":${JSON.stringify(desc)}}}\n`
const notFound = (desc: string): string => `{"error":{"class":"CommandNotFound","desc":${JSON.stringify(desc)}}}\n`

describe('in the words of the original', () => {
  test.each([
    ['[1]', 'QMP input must be a JSON object'],
    ['{}', "QMP input lacks member 'execute'"],
    ['{"execute":1}', "QMP input member 'execute' must be a string"],
    ['{"execute":"guest-ping","arguments":[]}', "QMP input member 'arguments' must be an object"],
    ['{"execute":"guest-ping","foo":1}', "QMP input member 'foo' is unexpected"],
    ['{"exec-oob":"guest-ping"}', "QMP input member 'exec-oob' is unexpected"],
    ['{"execute":"guest-sync"}', "Parameter 'id' is missing"],
    ['{"execute":"guest-sync","arguments":{"id":1,"b":2}}', "Parameter 'b' is unexpected"],
    ['{"execute":"guest-sync","arguments":{"id":"x"}}', "Invalid parameter type for 'id', expected: integer"],
    ['{"execute":"guest-sync","arguments":{"id":1.5}}', "Invalid parameter type for 'id', expected: integer"],
    [
      '{"execute":"guest-sync","arguments":{"id":9223372036854775808}}',
      "Invalid parameter type for 'id', expected: integer",
    ],
    [
      '{"execute":"guest-exec","arguments":{"path":"sh","arg":"x"}}',
      "Invalid parameter type for 'arg', expected: array",
    ],
    [
      '{"execute":"guest-exec","arguments":{"path":"sh","arg":[1]}}',
      "Invalid parameter type for 'arg[0]', expected: string",
    ],
    [
      '{"execute":"guest-set-vcpus","arguments":{"vcpus":[{"logical-id":0}]}}',
      "Parameter 'vcpus[0].online' is missing",
    ],
    ['{"execute":"guest-file-open","arguments":{"path":"/a","mode":"q"}}', "invalid file open mode 'q'"],
    ['{"execute":"guest-file-close","arguments":{"handle":1000}}', "handle '1000' has not been found"],
    ['{"execute":"guest-exec-status","arguments":{"pid":1}}', "Invalid parameter 'pid'"],
    [
      '{"execute":"guest-set-user-password","arguments":{"username":"a","password":"!!","crypted":false}}',
      'Base64 data contains invalid characters',
    ],
  ])('%s: %s', async (text, desc) => {
    expect(await ask(text)).toBe(generic(desc))
  })

  test('a command that it does not know, or that is disabled', async () => {
    expect(await ask('{"execute":"guest-nope"}')).toBe(notFound('The command guest-nope has not been found'))
    const disabled = notFound('Command guest-get-devices has been disabled')
    expect(await ask('{"execute":"guest-get-devices"}')).toBe(disabled)
  })
})

describe('whatever id there is, it comes back', () => {
  test.each(['1', '"x"', 'null', '1.5', '[1,{"a":9223372036854775807}]', '18446744073709551615', '"\\u00e9"'])(
    '%s',
    async (id) => {
      expect(await ask(`{"execute":"guest-ping","id":${id}}`)).toBe(`{"return":{},"id":${id}}\n`)
      expect(await ask(`{"execute":"guest-nope","id":${id}}`)).toContain(`,"id":${id}}\n`)
    },
  )

  test('but never by way of what all objects have', async () => {
    expect(await ask('{"execute":"guest-ping"}')).toBe('{"return":{}}\n')
    expect(await ask('{"execute":"constructor"}')).toContain('CommandNotFound')
  })
})

describe('guest-sync', () => {
  test('repeats 64 bits exactly, and 0xFF comes before the delimited one alone', async () => {
    const id = '9223372036854775807'
    expect(await ask(`{"execute":"guest-sync","arguments":{"id":${id}}}`)).toBe(`{"return":${id}}\n`)
    expect(await ask(`{"execute":"guest-sync-delimited","arguments":{"id":${id}}}`)).toBe(`\u00ff{"return":${id}}\n`)
    expect((await ask('{"execute":"guest-sync-delimited"}'))?.startsWith('{"error"')).toBe(true)
  })
})

test('the time has all its nanoseconds', async () => {
  expect(await ask('{"execute":"guest-get-time"}')).toBe('{"return":1795291529960737001}\n')
})

test('nothing is said where a shutdown or a suspension goes well', async () => {
  for (const command of ['shutdown', 'suspend-disk', 'suspend-ram', 'suspend-hybrid']) {
    expect(await ask(`{"execute":"guest-${command}"}`)).toBeUndefined()
  }
  expect(await ask('{"execute":"guest-shutdown","arguments":{"mode":"x"}}')).toContain('mode is invalid')
})

describe('guest-info', () => {
  test('lists all 46 commands, with what answers nothing, and what is off', async () => {
    const text = await ask('{"execute":"guest-info"}', { blocked: ['guest-exec', 'guest-ping'] })
    const { version, supported_commands: listed } = (
      JSON.parse(text ?? '') as {
        return: {
          version: string
          supported_commands: { name: string; enabled: boolean; 'success-response': boolean }[]
        }
      }
    ).return
    expect(version).toBe('1.2')
    expect(new Set(listed.map(({ name }) => name)).size).toBe(46)
    const off = listed.filter(({ enabled }) => !enabled).map(({ name }) => name)
    expect(off).toEqual(['guest-exec', 'guest-get-devices', 'guest-get-driver-packages', 'guest-get-driver-services'])
    const silent = listed.filter((command) => !command['success-response']).map(({ name }) => name)
    expect(silent).toEqual(['guest-shutdown', 'guest-suspend-disk', 'guest-suspend-ram', 'guest-suspend-hybrid'])
  })

  test('what the system has not is listed as off, and refused', async () => {
    const dialect = new QgaDialect({ system: empty, version: '1' })
    for (const { name } of qgaCommands) {
      const isBasic = ['guest-sync', 'guest-sync-delimited', 'guest-ping', 'guest-info'].includes(name)
      const answer = await askOf(dialect, `{"execute":"${name}"}`)
      expect(answer?.includes(`Command ${name} has been disabled`)).toBe(!isBasic)
    }
  })

  test('nothing but what is allowed', async () => {
    const options = { allowed: ['guest-get-time'] }
    expect(await ask('{"execute":"guest-get-time"}', options)).toContain('return')
    expect(await ask('{"execute":"guest-get-load"}', options)).toContain('has been disabled')
    expect(await ask('{"execute":"guest-sync","arguments":{"id":1}}', options)).toContain('return')
  })
})

describe('frozen file systems', () => {
  const open = [
    'guest-sync',
    'guest-sync-delimited',
    'guest-ping',
    'guest-info',
    'guest-fsfreeze-status',
    'guest-fsfreeze-thaw',
  ]

  test('let only what helps through', async () => {
    for (const { name } of qgaCommands.filter((command) => command.isOffered(memoryQgaSystem()))) {
      const system = memoryQgaSystem()
      system.isFrozen = true
      const answer = await ask(`{"execute":"${name}"}`, { system })
      const isRefused = answer === notFound(`Command ${name} has been disabled: the agent is in frozen state`)
      expect({ name, isRefused }).toEqual({ name, isRefused: !open.includes(name) })
    }
  })

  test('are thawed again', async () => {
    const system = memoryQgaSystem()
    expect(await ask('{"execute":"guest-fsfreeze-freeze"}', { system })).toBe('{"return":2}\n')
    expect(await ask('{"execute":"guest-fsfreeze-status"}', { system })).toBe('{"return":"frozen"}\n')
    expect(await ask('{"execute":"guest-fsfreeze-thaw"}', { system })).toBe('{"return":2}\n')
    expect(await ask('{"execute":"guest-get-load"}', { system })).toContain('return')
  })
})

test('what a system refuses is told; another error is not', async () => {
  const failing = (error: Error): QgaSystem => ({
    ...empty,
    hostName() {
      throw error
    },
  })
  const request = '{"execute":"guest-get-host-name"}'
  expect(await ask(request, { system: failing(new QgaRefusal('not here')) })).toBe(generic('not here'))
  const told = await ask(request, { system: failing(new Error('secret path /x')) })
  expect(told).toBe(generic('the guest agent failed at this command; its log says why'))
})
