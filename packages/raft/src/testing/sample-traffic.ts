import type { NodeId } from '@flotilla/core/ids'
import type { Message } from '../messages.ts'
import type { CommandNumber, SessionId } from '../replica/replica-contract.ts'
import type { Entry, GroupName, Index, ReadNumber, Term } from '../types.ts'
import type { AddressedAnswer } from '../wire/answer-codec.ts'
import type { AddressedCall, Answer, BootNumber, Call, CallId } from '../wire/call.ts'

const term = 7 as Term
const index = (value: number): Index => value as Index
const node = (name: string): NodeId => name as NodeId
const data = Uint8Array.of(1, 2, 3)

const entries: readonly Entry[] = [
  { index: index(12), term: 6 as Term, kind: 'command', data },
  { index: index(13), term, kind: 'configuration', data: new Uint8Array(0) },
  { index: index(14), term, kind: 'empty', data: new Uint8Array(0) },
]

/** One of every kind and branch, for tests and fixtures. */
export const sampleMessages: readonly Message[] = [
  { type: 'vote', term, lastIndex: index(3), lastTerm: 2 as Term, transfer: true },
  { type: 'vote-answer', term, granted: false },
  { type: 'append-answer', term, match: index(2 ** 40), round: 9 },
  { type: 'pre-vote', term, lastIndex: index(3), lastTerm: 2 as Term },
  { type: 'pre-vote-answer', term, granted: true },
  { type: 'append', term, prevIndex: index(11), prevTerm: 6 as Term, commit: index(10), round: 4, entries },
  { type: 'append', term, prevIndex: index(0), prevTerm: 0 as Term, commit: index(0), round: 0, entries: [] },
  { type: 'append-refusal', term, prevIndex: index(9), hintIndex: index(5), hintTerm: 3 as Term, round: 2 },
  { type: 'heartbeat', term, commit: index(10), round: 5 },
  { type: 'heartbeat-answer', term, round: 5, lastIndex: index(14) },
  { type: 'read', term, read: 3 as ReadNumber },
  { type: 'read-answer', term, read: 3 as ReadNumber, index: index(10) },
  { type: 'read-answer', term, read: 4 as ReadNumber, index: undefined },
  { type: 'stand', term: Number.MAX_SAFE_INTEGER as Term },
  { type: 'quiet', term, commit: index(14) },
  { type: 'removed', term, configurationIndex: index(13) },
]

const session = 44 as SessionId

const sampleCalls: readonly Call[] = [
  { type: 'command', session, number: 3 as CommandNumber, answeredBelow: 2 as CommandNumber, command: data },
  { type: 'open-session', key: new Uint8Array(16).fill(5) },
  { type: 'close-session', session },
  { type: 'read', query: data },
  { type: 'change-members', voters: [node('a'), node('b')], learners: [] },
  { type: 'transfer', to: node('b') },
  { type: 'transfer', to: undefined },
]

const sampleAnswers: readonly Answer[] = [
  { type: 'result', result: data },
  { type: 'refused', code: 'too-dear', message: 'it costs ü', hint: 'save' },
  { type: 'refused', code: 'too-dear', message: '', hint: undefined },
  { type: 'redirect', leader: node('c') },
  { type: 'no-leader' },
  { type: 'overloaded', limit: 'callsWaitingMax' },
  { type: 'unclear' },
  { type: 'session', session },
  { type: 'session-expired' },
  { type: 'not-served' },
  { type: 'done' },
  { type: 'leader', leader: node('a') },
]

export const sampleGroup = 'queue/orders' as GroupName
export const sampleBoot = (2 ** 47) as BootNumber

export function addressedCalls(): readonly AddressedCall[] {
  return sampleCalls.map((call, place) => ({ group: sampleGroup, id: (place + 1) as CallId, call }))
}

export function addressedAnswers(): readonly AddressedAnswer[] {
  return sampleAnswers.map((answer, place) => ({ boot: sampleBoot, id: (place + 1) as CallId, answer }))
}
