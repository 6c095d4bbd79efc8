import { describe, expect, test } from 'vitest'
import { EntryFeed } from '../testing/entry-feed.ts'
import { notebookKind } from '../testing/notebook.ts'
import type { LogMillis } from '../types.ts'
import type { Outcome, Replica } from './replica-contract.ts'
import { createReplica } from './replica.ts'

const expired: Outcome = { type: 'session-expired' }

function result(text: string | number): Outcome {
  return { type: 'result', result: new TextEncoder().encode(String(text)) }
}

function linesOf(replica: Replica): readonly string[] {
  const text = new TextDecoder().decode(replica.query(new TextEncoder().encode('all')))
  return text === '' ? [] : text.split('\n')
}

function begin(version?: number): { replica: Replica; feed: EntryFeed } {
  const replica = createReplica({ machineKind: notebookKind(version) })
  return { replica, feed: new EntryFeed(replica) }
}

describe('a command of a session', () => {
  test('is applied once, and has the answer of the first time whenever it comes again', () => {
    const { replica, feed } = begin()
    expect(feed.open()).toEqual({ type: 'session', session: 1 })
    expect(feed.command(1, 1, 'a')).toEqual(result(1))
    expect(feed.command(1, 2, 'b')).toEqual(result(2))
    expect(feed.command(1, 1, 'a')).toEqual(result(1))
    expect(linesOf(replica)).toEqual(['2 at 0 v1: a', '3 at 0 v1: b'])
  })

  test('may come before those with lower numbers', () => {
    const { replica, feed } = begin()
    feed.open()
    for (const number of [3, 1, 3, 20, 2, 1, 20]) feed.command(1, number, `n${number}`)
    expect(linesOf(replica).map((line) => line.split(' ').at(-1))).toEqual(['n3', 'n1', 'n20', 'n2'])
  })

  test('below what the client has the answers of is never applied, be it new or not', () => {
    const { replica, feed } = begin()
    feed.open()
    expect(feed.command(1, 2, 'b')).toEqual(result(1))
    expect(feed.command(1, 3, 'c', 3)).toEqual(result(2))
    expect([feed.command(1, 1, 'a'), feed.command(1, 2, 'b')]).toEqual([expired, expired])
    // An older claim that comes later changes nothing.
    expect(feed.command(1, 4, 'd', 1)).toEqual(result(3))
    expect(feed.command(1, 2, 'b')).toEqual(expired)
    expect(linesOf(replica)).toHaveLength(3)
  })

  test('that was forgotten for want of room is never applied again', () => {
    const { replica, feed } = begin()
    feed.open(1, { resultsKeptMax: 4 })
    for (const number of [1, 2, 3, 5, 6]) feed.command(1, number, `n${number}`)
    expect([1, 2].map((number) => feed.command(1, number, 'again'))).toEqual([expired, expired])
    expect([3, 5, 6].map((number) => feed.command(1, number, 'again'))).toEqual([3, 4, 5].map(result))
    expect(feed.command(1, 4, 'late')).toEqual(result(6))
    expect(feed.command(1, Number.MAX_SAFE_INTEGER, 'far')).toEqual(result(7))
    expect(feed.command(1, 6, 'again')).toEqual(expired)
    expect(linesOf(replica)).toHaveLength(7)
  })

  test('may have a result longer than all that is kept', () => {
    const { feed } = begin()
    feed.open(1, { resultBytesKeptMax: 150 })
    for (const number of [1, 2, 3]) feed.command(1, number, 'x')
    // Two results of one byte and what keeping them costs.
    expect([1, 2, 3].map((number) => feed.command(1, number, 'again'))).toEqual([expired, result(2), result(3)])
    feed.open(1, { resultBytesKeptMax: 1 })
    expect(feed.command(1, 4, 'x')).toEqual(result(4))
    expect([2, 3, 4].map((number) => feed.command(1, number, 'again'))).toEqual([expired, expired, result(4)])
  })

  test('that the machine refuses stays refused', () => {
    const { replica, feed } = begin()
    feed.open()
    const refused: Outcome = {
      type: 'refused',
      code: 'refused-by-notebook',
      message: 'not no way',
      hint: 'ask for another',
    }
    expect([feed.command(1, 1, 'no way'), feed.command(1, 1, 'no way')]).toEqual([refused, refused])
    expect(linesOf(replica)).toHaveLength(1)
  })

  test('that breaks the machine is no answer', () => {
    const { feed } = begin()
    feed.open()
    expect(() => feed.command(1, 1, 'die')).toThrow(TypeError)
  })
})

test('a command without a session is applied each time', () => {
  const { replica, feed } = begin()
  expect([feed.bare('a'), feed.bare('a')]).toEqual([result(1), result(2)])
  expect(linesOf(replica)).toHaveLength(2)
})

describe('what nobody can read', () => {
  const unknown = { type: 'refused', code: 'unknown-command', message: 'the group does not know this command' }

  test('is refused, and what follows is applied', () => {
    const { replica, feed } = begin()
    expect(feed.entry('command', new Uint8Array(3))).toMatchObject(unknown)
    expect(feed.entry('command', new Uint8Array(100).fill(99))).toMatchObject(unknown)
    feed.open()
    expect(feed.command(3, 1, Uint8Array.of(255))).toMatchObject(unknown)
    expect(feed.command(3, 2, 'a')).toEqual(result(1))
    expect(replica.applied).toBe(5)
  })
})

describe('sessions', () => {
  test('are opened once for a key, and are named by their entry', () => {
    const { replica, feed } = begin()
    feed.entry('empty', new Uint8Array(0))
    expect([feed.open(7), feed.open(8), feed.open(7)]).toEqual([
      { type: 'session', session: 2 },
      { type: 'session', session: 3 },
      { type: 'session', session: 2 },
    ])
    expect(replica.sessions).toBe(2)
  })

  test('go when there are too many: the one that was not used for longest, as the log has it', () => {
    const { replica, feed } = begin()
    for (const key of [1, 2, 3]) feed.open(key, { sessionsMax: 3 })
    feed.command(1, 1, 'a')
    feed.open(4, { sessionsMax: 3 })
    expect(feed.command(2, 1, 'b')).toEqual(expired)
    expect([1, 3, 5].map((session) => feed.command(session, 9, 'c').type)).toEqual(['result', 'result', 'result'])
    feed.open(1, { sessionsMax: 1 })
    expect(replica.sessions).toBe(1)
    expect(feed.command(1, 1, 'a')).toEqual(result(1))
  })

  test('go when they were not used for too long, before the entry that comes then', () => {
    const { replica, feed } = begin()
    for (const key of [1, 2]) feed.open(key, { sessionIdleMs: 100 })
    feed.pass(60)
    feed.command(1, 1, 'a')
    expect(replica.deadline()).toBe(100)
    feed.pass(39)
    expect(replica.sessions).toBe(2)
    feed.time += 1
    expect(feed.command(2, 1, 'b')).toEqual(expired)
    expect(feed.command(1, 1, 'a')).toEqual(result(1))
    expect(replica.deadline()).toBe(200)
    feed.pass(100)
    expect([replica.sessions, replica.deadline()]).toEqual([0, Infinity])
  })

  test('are closed once and for all', () => {
    const { replica, feed } = begin()
    feed.open()
    expect([feed.close(1), feed.close(1)]).toEqual([{ type: 'nothing' }, { type: 'nothing' }])
    expect(feed.command(1, 1, 'a')).toEqual(expired)
    expect(replica.sessions).toBe(0)
  })
})

describe('the clock of the log', () => {
  test('never goes back, whatever an entry says', () => {
    const { replica, feed } = begin()
    feed.pass(500)
    feed.time = 100
    feed.bare('a')
    expect(replica.time).toBe(500)
    expect(linesOf(replica)).toEqual(['2 at 500 v1: a'])
  })

  test('lets the machine do what is due, before the command of the entry', () => {
    const { replica, feed } = begin()
    feed.bare('in 50')
    expect(replica.deadline()).toBe(50)
    feed.time = 49
    feed.bare('early')
    feed.time = 60
    feed.bare('late')
    expect(linesOf(replica).slice(1)).toEqual(['2 at 49 v1: early', '3 at 60: tick for 50', '3 at 60 v1: late'])
    expect(replica.deadline()).toBe(Infinity)
  })
})

test('what a machine emits is handed out once', () => {
  const { replica, feed } = begin()
  feed.bare('say one')
  expect(replica.drainEmitted()).toEqual([{ topic: 'said', payload: new TextEncoder().encode('say one') }])
  expect(replica.drainEmitted()).toEqual([])
})

describe('the agreed version', () => {
  test('begins at 1, rises, and never falls', () => {
    const { replica, feed } = begin(3)
    expect(replica.version).toBe(1)
    feed.version(3)
    feed.version(2)
    feed.bare('a')
    expect(linesOf(replica)).toEqual(['3 at 0 v3: a'])
  })

  test('beyond what this program knows stops it', () => {
    const { feed } = begin(2)
    expect(() => feed.version(3)).toThrow(
      'the group has agreed to run version 3 of its machine, and this program knows 2',
    )
  })
})

test('entries come in order, each once', () => {
  const { replica } = begin()
  const entry = { index: 2, term: 1, kind: 'empty', data: new Uint8Array(0) } as unknown as Parameters<
    Replica['apply']
  >[0]
  expect(() => replica.apply(entry)).toThrow('entries are applied in order, each once')
  expect(replica.deadline()).toBe(Infinity as LogMillis)
})
