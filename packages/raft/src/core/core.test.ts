import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../effects.ts'
import type { Message } from '../messages.ts'
import { validateRaftSettings, type RaftSettings } from '../settings.ts'
import type { Entry, Index, SnapshotMark, Term, WriteNumber } from '../types.ts'
import type { RaftCore } from './inputs.ts'
import { createCore } from './raft-core.ts'

const [a, b, c] = ['a', 'b', 'c'] as [NodeId, NodeId, NodeId]
const now = 10_000 as Millis

function mark(voters: readonly NodeId[], index = 0, term = 0): SnapshotMark {
  return {
    index: index as Index,
    term: term as Term,
    configuration: { voters, outgoing: [], learners: [] },
    id: index === 0 ? '' : `${index}`,
    bytes: 0,
  }
}

function entriesOf(first: number, terms: readonly number[]): readonly Entry[] {
  return terms.map((term, place) => ({
    index: (first + place) as Index,
    term: term as Term,
    kind: 'command',
    data: new Uint8Array(1),
  }))
}

function coreOf(terms: readonly number[], settings: Partial<RaftSettings> = {}, voters = [a, b, c]): RaftCore {
  const term = (terms.at(-1) ?? 0) as Term
  return createCore({
    self: a,
    settings: validateRaftSettings(settings),
    hardState: { term, vote: undefined },
    snapshot: mark(voters),
    entries: entriesOf(1, terms),
    seed: 1,
    now: 0 as Millis,
  })
}

const from = (peer: NodeId, message: unknown): Parameters<RaftCore['step']>[1] => ({
  type: 'message',
  from: peer,
  message: message as Message,
})

/** With the votes of b; its first entry is decided. */
function leader(settings: Partial<RaftSettings> = {}): RaftCore {
  const core = coreOf([], settings)
  core.step(now, { type: 'wake' })
  core.step(now, from(b, { type: 'pre-vote-answer', term: 1, granted: true }))
  core.drain()
  core.step(now, { type: 'written', number: 1 as WriteNumber })
  core.step(now, from(b, { type: 'vote-answer', term: 1, granted: true }))
  core.drain()
  core.step(now, { type: 'written', number: 2 as WriteNumber })
  core.step(now, from(b, { type: 'append-answer', term: 1, match: 1, round: 0 }))
  core.step(now, from(c, { type: 'append-answer', term: 1, match: 1, round: 0 }))
  core.drain()
  core.step(now, { type: 'applied', index: 1 as Index })
  expect(core.status()).toMatchObject({ role: 'leader', commit: 1, applied: 1 })
  return core
}

const command = (bytes: number): Uint8Array => new Uint8Array(bytes)
const ofType = <Type extends Effect['type']>(effects: readonly Effect[], type: Type) =>
  effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)

describe('what a core wants done', () => {
  test('any number of proposals is one write and one message for each follower, with the very same entries', () => {
    const core = leader()
    for (let time = 0; time < 10; time++) core.propose(now, [command(1), command(2), command(3)])
    const effects = core.drain()
    const [write] = ofType(effects, 'write')
    expect(write?.entries?.length).toBe(30)
    const appends = ofType(effects, 'send').map(({ message }) => (message.type === 'append' ? message.entries : []))
    expect(appends.length).toBe(2)
    for (const entries of appends) expect(entries).toBe(write?.entries)
    expect(effects.length).toBe(3)
  })

  test('nothing, if nothing happened: always the same empty list', () => {
    const core = leader()
    const nothing = core.drain()
    expect(nothing).toEqual([])
    expect(core.drain()).toBe(nothing)
  })

  test('a follower answers once for everything that came since the last drain', () => {
    const core = coreOf([1])
    for (let index = 1; index <= 5; index++) {
      const append = { type: 'append', term: 1, prevIndex: index, prevTerm: 1, commit: 0, round: index }
      core.step(now, from(b, { ...append, entries: entriesOf(index + 1, [1]) }))
    }
    const claims = ofType(core.drain(), 'claim')
    expect(claims.map(({ message }) => message)).toEqual([{ type: 'append-answer', term: 1, match: 6, round: 5 }])
  })
})

describe('limits', () => {
  test('proposals beyond a limit are refused with its name, all of them', () => {
    const core = leader({ undecidedEntriesMax: 4, commandBytesMax: 1_000, undecidedBytesMax: 1_024 })
    expect(core.propose(now, [command(1_001)])).toEqual({ refused: 'overloaded', limit: 'commandBytesMax' })
    expect(core.propose(now, [1, 1, 1].map(command))).toEqual({ first: 2, term: 1 })
    expect(core.propose(now, [1, 1].map(command))).toEqual({ refused: 'overloaded', limit: 'undecidedEntriesMax' })
    expect(core.propose(now, [command(900)])).toEqual({ refused: 'overloaded', limit: 'undecidedBytesMax' })
    expect(core.propose(now, [command(1)])).toEqual({ first: 5, term: 1 })
  })

  test('reads beyond their limit fail, and those that were cancelled make room', () => {
    const core = leader({ readsWaitingMax: 2 })
    const reads = [1, 2, 3].map((number) => number as never)
    core.step(now, { type: 'read', reads })
    expect(ofType(core.drain(), 'read-failed')).toEqual([{ type: 'read-failed', reads: [3] }])
    core.step(now, { type: 'read-cancelled', reads: reads.slice(0, 1) })
    core.step(now, { type: 'read', reads: reads.slice(2) })
    expect(ofType(core.drain(), 'read-failed')).toEqual([])
  })
})

test('a node of priority 1 waits ten times as long', () => {
  expect(coreOf([], { priority: 1 }).deadline() / coreOf([]).deadline()).toBeCloseTo(10, 5)
})

test('a follower takes no more for decided than what the message shows to agree', () => {
  const core = coreOf([1, 1, 1, 1])
  const append = { type: 'append', term: 2, prevIndex: 1, prevTerm: 1, commit: 4, round: 0 }
  core.step(now, from(b, { ...append, entries: entriesOf(2, [1]) }))
  expect(core.status()).toMatchObject({ commit: 2, lastIndex: 4 })
})

test("another's snapshot takes the place of entries that were never written", () => {
  for (const tail of [1, 8]) {
    const core = coreOf([1])
    const append = { type: 'append', term: 1, prevIndex: 1, prevTerm: 1, commit: 0, round: 0 }
    core.step(
      now,
      from(b, {
        ...append,
        entries: entriesOf(
          2,
          Array.from({ length: tail }, () => 1),
        ),
      }),
    )
    core.step(now, { type: 'snapshot-received', from: c, term: 3 as Term, snapshot: mark([a, b, c], 5, 3) })
    const [write] = ofType(core.drain(), 'write')
    expect(write?.snapshot?.index).toBe(5)
    expect(write?.entries).toBeUndefined()
    expect(core.status()).toMatchObject({ lastIndex: 5, commit: 5 })
  }
})

test('entries with a configuration that is none are dropped whole, and told', () => {
  const core = coreOf([1])
  const [entry] = entriesOf(2, [1])
  const append = { type: 'append', term: 1, prevIndex: 1, prevTerm: 1, commit: 0, round: 0 }
  core.step(now, from(b, { ...append, entries: [{ ...entry, kind: 'configuration' }] }))
  expect(core.status().lastIndex).toBe(1)
  expect(ofType(core.drain(), 'tell').some(({ news }) => news.type === 'message-refused')).toBe(true)
})

describe('whatever a peer says', () => {
  const number = fc.oneof(fc.nat(6), fc.constantFrom(-1, 0.5, Number.NaN, 2 ** 52, Infinity))
  const entry = fc.record({ index: number, term: number, kind: fc.constant('command'), data: fc.uint8Array() })
  const names = 'vote vote-answer pre-vote pre-vote-answer append append-answer append-refusal heartbeat'
  const types = fc.constantFrom(...`${names} heartbeat-answer read read-answer stand quiet removed`.split(' '))
  const fields = ['lastIndex', 'lastTerm', 'prevIndex', 'prevTerm', 'hintIndex', 'hintTerm', 'match', 'commit'] as const
  const message = fc
    .tuple(types, number, fc.array(number, { minLength: 12, maxLength: 12 }), fc.array(entry, { maxLength: 3 }))
    .chain(([type, term, numbers, entries]) =>
      fc.tuple(fc.boolean(), fc.boolean()).map(([granted, transfer]) => ({
        ...Object.fromEntries(fields.map((name, place) => [name, numbers[place]])),
        type,
        term,
        granted,
        transfer,
        entries,
        round: numbers[8],
        index: numbers[9],
        read: numbers[10],
        configurationIndex: numbers[11],
      })),
    )
  const sender = fc.constantFrom(a, b, c, 'stranger' as NodeId)

  test('costs it no more than the message: nothing decided is lost, and nothing breaks', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(sender, message), { maxLength: 30 }), (leads, said) => {
        const core = leads ? leader() : coreOf([1, 1, 2])
        let commit = core.status().commit
        for (const [peer, one] of said) {
          const thrown = thrownBy(() => core.step(now, from(peer, one)))
          expect(thrown === undefined || thrown instanceof ProtocolError).toBe(true)
          if (thrown !== undefined) return
          core.drain()
          const status = core.status()
          expect(status.commit).toBeGreaterThanOrEqual(commit)
          expect(status.lastIndex).toBeGreaterThanOrEqual(status.commit)
          expect(Number.isSafeInteger(status.term)).toBe(true)
          commit = status.commit
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

function thrownBy(does: () => void): unknown {
  try {
    does()
    return undefined
  } catch (error) {
    return error
  }
}
