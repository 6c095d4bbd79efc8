import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import type { GroupName } from '../types.ts'
import type { Answer, BootNumber, Call, CallId } from '../wire/call.ts'
import { CallBook } from './call-book.ts'
import { CandidateRoute } from './candidate-route.ts'
import { plainOwner, type PendingCall } from './pending-call.ts'

const boot = 5 as BootNumber
const ann = 'ann' as NodeId
const bob = 'bob' as NodeId
const call: Call = { type: 'open-session', key: new Uint8Array(16) }
const result: Answer = { type: 'result', result: new Uint8Array(0) }

/** A book whose carrier notes what it is given. */
function world(reachable: readonly NodeId[] = [ann, bob]) {
  const clock = new ManualClock()
  const sent: { readonly to: NodeId; readonly id: CallId }[] = []
  const ended: string[] = []
  const carry = (to: NodeId, _route: unknown, id: CallId): boolean => {
    sent.push({ to, id })
    return true
  }
  const book = new CallBook({ clock, prng: new Prng(1), boot, carrier: { carry } })
  const route = new CandidateRoute(
    'g' as GroupName,
    () => reachable,
    () => true,
  )
  const ask = (timeoutMs: number): PendingCall => {
    const pending = book.hold({
      call,
      route,
      timeoutMs,
      signal: undefined,
      owner: plainOwner,
      resolve: (answer) => void ended.push(answer.type),
      reject: (error) => void ended.push((error as { readonly code: string }).code),
    })
    book.send(pending)
    return pending
  }
  const last = (): { readonly to: NodeId; readonly id: CallId } => {
    const attempt = sent.at(-1)
    if (attempt === undefined) throw new Error('nothing was sent')
    return attempt
  }
  const answer = (given: Answer, attempt = last()): void =>
    book.answered(attempt.to, [{ boot, id: attempt.id, answer: given }])
  return { clock, book, route, sent, ended, ask, answer, last }
}

describe('an attempt', () => {
  test('that is not answered is made again elsewhere, and leaves its call uncertain for ever', () => {
    const { clock, ask, answer, last, ended } = world()
    ask(3_000)
    const { to } = last()
    clock.advance(1_100)
    expect(last().to).not.toBe(to)
    for (let refused = 0; refused < 20; refused++) {
      answer({ type: 'no-leader' })
      clock.advance(100)
    }
    expect(ended).toEqual(['outcome-unknown'])
  })

  test('that was refused each time leaves no doubt', () => {
    const { clock, ask, answer, ended } = world()
    ask(3_000)
    for (let refused = 0; refused < 40; refused++) {
      answer({ type: 'no-leader' })
      clock.advance(100)
    }
    expect(ended).toEqual(['no-leader'])
  })

  test('that was replaced is not listened to any more, nor is a former life, nor somebody else', () => {
    const { clock, book, ask, answer, last, ended } = world()
    ask(30_000)
    const first = last()
    clock.advance(1_100)
    answer(result, first)
    const { id, to } = last()
    book.answered(to, [{ boot: 6 as BootNumber, id, answer: result }])
    book.answered(to === ann ? bob : ann, [{ boot, id, answer: result }])
    expect(ended).toEqual([])
    answer(result)
    answer(result)
    expect(ended).toEqual(['result'])
  })

  test('follows a redirect at once, but not round and round', () => {
    const { ask, answer, sent } = world()
    ask(3_000)
    for (let pointed = 0; pointed < 10; pointed++) answer({ type: 'redirect', leader: pointed % 2 === 0 ? bob : ann })
    expect(sent).toHaveLength(4)
  })

  test('whose member goes down is made again at once', () => {
    const { book, ask, last, sent } = world()
    ask(3_000)
    const { to } = last()
    book.peerDown(to)
    expect(sent).toHaveLength(2)
    expect(last().to).not.toBe(to)
  })
})

test('calls that wait cost one timer together, and none when they have ended', () => {
  const { clock, ask, answer, sent, book } = world()
  for (let calls = 0; calls < 1_000; calls++) ask(3_000)
  expect(clock.timersWaiting).toBe(1)
  for (const attempt of sent.slice()) answer(result, attempt)
  expect(book.size).toBe(0)
  expect(clock.timersWaiting).toBe(0)
})
