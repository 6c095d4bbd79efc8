import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { silentMetrics } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import type { Millis } from '@flotilla/core/time'
import type { RaftCore } from '../core/inputs.ts'
import { NumberWindow } from '../client/number-window.ts'
import { encodePayload } from '../replica/payload-codec.ts'
import type { Index, LogMillis, Term, WriteNumber } from '../types.ts'
import type { AddressedAnswer } from '../wire/answer-codec.ts'
import { ByteWriter } from '../wire/byte-writer.ts'
import type { BootNumber, CallId } from '../wire/call.ts'
import { CallerTable, type CallOrigin } from './caller-table.ts'
import { LogClock } from './log-clock.ts'
import { Persistence } from './persistence.ts'
import { Proposals } from './proposals.ts'
import { Reads } from './reads.ts'
import { declareInstruments } from './raft-instruments.ts'
import { SteadyClock } from './steady-clock.ts'

const at = (ms: number): Millis => ms as Millis
const log = (ms: number): LogMillis => ms as LogMillis
const index = (value: number): Index => value as Index
const self = 'a' as NodeId
const boot = 9 as BootNumber

describe('the time that a leader writes', () => {
  test('goes on from what the log said, with the clock', () => {
    const clock = new LogClock(new SteadyClock(at(50_000)))
    clock.begin(at(50_000), log(7_000))
    expect(clock.read(at(50_400.7), log(7_000))).toBe(7_400)
    expect(clock.read(at(50_900), log(7_000))).toBe(7_900)
    expect(clock.read(at(50_900), log(9_000))).toBe(9_000) // An entry of an earlier leader was ahead.
    expect(clock.read(at(51_000), log(9_000))).toBe(9_100)
  })

  test('goes on by a second at most when the process stood still for a minute', () => {
    const steady = new SteadyClock(at(0))
    const clock = new LogClock(steady)
    clock.begin(at(0), log(0))
    for (let now = 100; now <= 5_000; now += 100) steady.passedMs(at(now))
    expect(clock.read(at(5_000), log(0))).toBe(5_000)
    expect(clock.read(at(65_000), log(0))).toBe(6_000)
  })

  test('does not count what passed before it led', () => {
    const clock = new LogClock(new SteadyClock(at(0)))
    clock.begin(at(0), log(100))
    clock.begin(at(900), log(150))
    expect(clock.read(at(1_000), log(150))).toBe(250)
  })
})

test('a read that nobody confirms is given up at the moment for which that was foreseen', () => {
  const answers: string[] = []
  const reads = new Reads({ answer: (_origin, { type }) => answers.push(type), query: () => ({ type: 'no-leader' }) })
  const origin = { caller: { waiting: 0 }, id: 1 } as unknown as CallOrigin
  reads.add(new Uint8Array(), origin)
  reads.begin(at(6_933.407), { step: () => {} } as unknown as RaftCore)
  // 8933.407 - 2000 is less than 6933.407.
  expect(reads.expire(at(6_933.407 + 2_000), 2_000, { type: 'no-leader' })).toHaveLength(1)
  expect([answers, reads.oldest]).toEqual([['no-leader'], undefined])
})

describe('the numbers of a session', () => {
  test('are given out once, and never too far beyond the lowest without an answer', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const prng = new Prng(seed)
      const window = new NumberWindow(prng.between(1, 9))
      const open = new Set<number>()
      let last = 0
      const taken: number[] = []
      for (let step = 0; step < 200; step++) {
        if (!window.full && prng.chance(2, 3)) {
          taken.push(window.take())
          open.add(++last)
        } else if (open.size > 0) {
          const settled = prng.pick([...open])
          open.delete(settled)
          window.settle(settled as Parameters<NumberWindow['settle']>[0])
        }
        expect({ seed, lowest: window.lowest }).toEqual({ seed, lowest: Math.min(last + 1, ...open) })
      }
      expect(taken).toEqual(Array.from({ length: last }, (_, place) => place + 1))
    }
  })
})

describe('a claim', () => {
  test('is said when its write and all before it are durable, and in order', async () => {
    const persistence = new Persistence()
    const said: number[] = []
    const send = (_to: NodeId, message: { readonly term: number }): void => void said.push(message.term)
    const claim = (after: number, term: number): void =>
      persistence.claim(
        {
          type: 'claim',
          to: self,
          after: after as WriteNumber,
          message: { type: 'vote-answer', term: term as Term, granted: true },
        },
        send,
      )
    claim(0, 1)
    expect(said).toEqual([1])
    persistence.begin('g' as never, { type: 'write', number: 1 as WriteNumber })
    claim(1, 2)
    persistence.begin('g' as never, { type: 'write', number: 2 as WriteNumber })
    claim(2, 3)
    const settled = persistence.settled()
    expect(said).toEqual([1])
    persistence.written(1 as WriteNumber, send)
    expect(said).toEqual([1, 2])
    persistence.written(2 as WriteNumber, send)
    expect(said).toEqual([1, 2, 3])
    await settled
  })
})

describe('callers', () => {
  test('are heard once, whatever comes twice or late', () => {
    const callers = new CallerTable(new ByteWriter(), 1_000)
    expect(callers.admit(self, boot, 1)).toBeDefined()
    expect(callers.admit(self, boot, 1)).toBeUndefined()
    expect(callers.admit(self, boot, 3)).toBeDefined()
    expect(callers.admit(self, boot, 2)).toBeUndefined()
    const old = callers.of(self, boot)
    expect(callers.admit(self, 10 as BootNumber, 1)).toBeDefined()
    expect(old.gone).toBe(true)
  })
})

describe('proposals', () => {
  /** A leader of that term whose log has so many entries. */
  function world(): {
    proposals: Proposals
    ask: () => number
    propose: (term: number, first: number) => void
    answers: () => readonly (readonly [number, string])[]
  } {
    const callers = new CallerTable(new ByteWriter(), 1_000)
    const instruments = declareInstruments(silentMetrics)
    const proposals = new Proposals({ callers, clock: new ManualClock(), instruments })
    let asked = 0
    const ask = (): number => {
      const origin: CallOrigin = { caller: callers.of(self, boot), id: ++asked as CallId }
      proposals.add(encodePayload({ type: 'time', time: log(0) }), origin)
      return asked
    }
    const propose = (term: number, first: number): void => {
      const core = { propose: () => ({ first: index(first), term: term as Term }) } as unknown as RaftCore
      proposals.propose(at(0), log(0), core)
    }
    const answers = (): readonly (readonly [number, string])[] => {
      const taken: (readonly [number, string])[] = []
      const take = (some: readonly AddressedAnswer[]): void => {
        for (const { id, answer } of some) taken.push([id, answer.type])
      }
      callers.flush({} as never, self, take)
      return taken
    }
    return { proposals, ask, propose, answers }
  }
  const result = { type: 'result', result: new Uint8Array(0) } as const

  test('are answered with their outcome when it is their entry that was applied', () => {
    const { proposals, ask, propose, answers } = world()
    ask()
    ask()
    propose(3, 11)
    proposals.applied(index(10), 3 as Term, result)
    expect(answers()).toEqual([])
    proposals.applied(index(11), 3 as Term, result)
    proposals.applied(index(12), 4 as Term, result)
    expect(answers()).toEqual([
      [1, 'result'],
      [2, 'no-leader'],
    ])
    expect(proposals.waiting).toBe(0)
  })

  test('that a snapshot overtook are unclear, those behind it are not answered yet', () => {
    const { proposals, ask, propose, answers } = world()
    ask()
    propose(3, 11)
    ask()
    propose(3, 12)
    proposals.restored(index(11))
    expect(answers()).toEqual([[1, 'unclear']])
    proposals.applied(index(12), 3 as Term, result)
    expect(answers()).toEqual([[2, 'result']])
  })

  test('whose place another term has taken on this very node never will be', () => {
    const { proposals, ask, propose, answers } = world()
    ask()
    ask()
    propose(3, 11)
    ask()
    propose(5, 12)
    expect(answers()).toEqual([[2, 'no-leader']])
    proposals.applied(index(11), 3 as Term, result)
    proposals.applied(index(12), 5 as Term, result)
    expect(answers()).toEqual([
      [1, 'result'],
      [3, 'result'],
    ])
  })

  test('that nobody follows any further may still happen if they are in the log, and only then', () => {
    const { proposals, ask, propose, answers } = world()
    ask()
    propose(3, 11)
    ask()
    proposals.abandon()
    expect(answers().toSorted(([a], [b]) => a - b)).toEqual([
      [1, 'unclear'],
      [2, 'no-leader'],
    ])
  })

  test('in drawn histories are answered once each', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed)
      const { proposals, ask, propose, answers } = world()
      let last = 10
      let applied = 10
      let term = 1
      let asked = 0
      const seen: number[] = []
      for (let step = 0; step < 60; step++) {
        if (prng.chance(1, 6)) last = prng.between(applied, last) // Somebody else led, and cut the log.
        if (prng.chance(1, 4)) term++
        const count = prng.between(0, 3)
        for (let more = 0; more < count; more++) asked = ask()
        propose(term, last + 1)
        last += count
        while (applied < last && prng.chance(1, 2)) proposals.applied(index(++applied), term as Term, result)
        if (prng.chance(1, 15)) proposals.restored(index((applied = last)))
        seen.push(...answers().map(([id]) => id))
      }
      proposals.abandon()
      seen.push(...answers().map(([id]) => id))
      expect({ seed, seen: seen.length, waiting: proposals.waiting }).toEqual({ seed, seen: asked, waiting: 0 })
      expect(new Set(seen).size).toBe(asked)
    }
  })
})
