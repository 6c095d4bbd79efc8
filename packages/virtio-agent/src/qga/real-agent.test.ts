import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryQgaSystem } from '../testing/index.ts'
import { askDialect, hasRealAgent, RealAgent } from '../testing/node-real-agent.ts'
import { QgaDialect } from './dialect.ts'
import { differences } from './differences.ts'

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

describe.runIf(hasRealAgent)('beside the original', () => {
  let real: RealAgent
  const ours = new QgaDialect({ system: memoryQgaSystem(), version: '1' })
  beforeAll(async () => void (real = await RealAgent.start()), 30_000)
  afterAll(() => real?.stop())

  const both = async (text: string): Promise<readonly [readonly string[], readonly string[]]> => [
    await real.ask(text),
    await askDialect(ours, text),
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
