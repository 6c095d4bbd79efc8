import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applied, LockScript, numbersPerStep, stepFrom } from '../testing/lock-script.ts'
import { lockAnswerCodec, lockQueryCodec } from './answer-codecs.ts'
import { lockCommandCodec, lockEventCodec, lockResultCodec } from './codecs.ts'
import type { LockCommand, LockEvent } from './commands.ts'
import { allResourcesTopic, resourceTopic, sessionTopic, type LockSessionId } from './ids.ts'
import { lockMachine, type LockMachine } from './lock-machine.ts'
import type { LockQuery } from './queries.ts'
import { stateView, type LockStateView } from './state-view.ts'

const numbers = fc.array(fc.nat(999), { minLength: numbersPerStep, maxLength: numbersPerStep })
const steps = fc.array(numbers.map(stepFrom), { minLength: 5, maxLength: 120, size: 'max' })

interface Emitted {
  readonly topic: string
  readonly event: LockEvent
}

/** What clients believe that they have, from nothing but results and events: `session/request` and its state. */
class Believed {
  readonly requests = new Map<string, { readonly owner: string; readonly state: string }>()

  take(command: LockCommand, result: object, emitted: readonly Emitted[]): void {
    // As time passes before the command, what was granted then may be released by it.
    for (const { event } of emitted) this.#takeEvent(event)
    const session = 'session' in command ? command.session : 0
    const type = 'type' in result ? String(result.type) : ''
    if (type === 'session-expired' || type === 'session-closed') this.#forget(session)
    if (command.type === 'acquire' || command.type === 'acquire-permits') {
      if (type === 'granted' || type === 'waiting') {
        this.requests.set(`${session}/${command.request}`, { owner: command.owner, state: type })
      }
    }
    if (type === 'released' || type === 'withdrawn') {
      this.requests.delete(`${session}/${'request' in command ? String(command.request) : ''}`)
    }
    if (command.type === 'release-all') {
      for (const [key, { owner }] of this.requests) {
        if (key.startsWith(`${session}/`) && owner === command.owner) this.requests.delete(key)
      }
    }
  }

  #takeEvent(event: LockEvent): void {
    if (event.type === 'changed') return
    if (event.type === 'session-expired') this.#forget(event.session)
    else if (event.type === 'deadlock') this.requests.delete(`${event.session}/${event.request}`)
    else this.requests.set(`${event.session}/${event.request}`, { owner: event.owner, state: 'granted' })
  }

  #forget(session: number): void {
    for (const key of this.requests.keys()) if (key.startsWith(`${session}/`)) this.requests.delete(key)
  }
}

function requestsIn(view: LockStateView): Map<string, { owner: string; state: string }> {
  const requests = new Map<string, { owner: string; state: string }>()
  for (const { holders, waiters } of view.resources.values()) {
    for (const { session, owner, requests: held } of holders) {
      for (const request of held) requests.set(`${session}/${request}`, { owner, state: 'granted' })
    }
    for (const { session, owner, request } of waiters)
      requests.set(`${session}/${request}`, { owner, state: 'waiting' })
  }
  return requests
}

test('results and events together tell every client all that it has, and watchers all that changes', () => {
  const property = fc.property(steps, (drawn) => {
    const machine = lockMachine.create()
    const script = new LockScript()
    const believed = new Believed()
    for (const each of drawn) {
      const { command, context } = script.next(each)
      const before = stateView(machine.table)
      const emitted: Emitted[] = []
      const emit = (topic: string, payload: Uint8Array): void => {
        emitted.push({ topic, event: lockEventCodec.decode(payload) })
      }
      const result = applied(machine, command, { ...context, emit })
      believed.take(command, result, emitted)
      const after = stateView(machine.table)
      expect(believed.requests).toEqual(requestsIn(after))
      expect(changedIn(emitted)).toEqual(expect.arrayContaining([...changes(before, after)]))
      for (const { topic, event } of emitted) expect(topicsOf(event)).toContain(topic)
    }
  })
  fc.assert(property, { numRuns: 150 })
}, 60_000)

function topicsOf(event: LockEvent): readonly string[] {
  if (event.type !== 'changed') return [sessionTopic(event.session)]
  return [resourceTopic(event.resource), allResourcesTopic]
}

function changedIn(emitted: readonly Emitted[]): readonly string[] {
  const told = (where: (topic: string) => boolean): string[] =>
    emitted.flatMap(({ topic, event }) => (event.type === 'changed' && where(topic) ? [event.resource] : []))
  const byKey = told((topic) => topic !== allResourcesTopic)
  expect(told((topic) => topic === allResourcesTopic)).toEqual(byKey)
  return byKey
}

/** Keys whose holders are others than before, or show something else. */
function changes(before: LockStateView, after: LockStateView): Set<string> {
  const names = new Set([...before.resources.keys(), ...after.resources.keys()])
  const shown = (view: LockStateView, name: typeof names extends Set<infer Name> ? Name : never): string =>
    JSON.stringify(view.resources.get(name)?.holders ?? [])
  return new Set([...names].filter((name) => shown(before, name) !== shown(after, name)))
}

test('whatever the machine takes and says comes through its codecs as it was', () => {
  const property = fc.property(steps, (drawn) => {
    const machine = lockMachine.create()
    const script = new LockScript()
    for (const each of drawn) {
      const { command, context } = script.next(each)
      expect(lockCommandCodec.decode(lockCommandCodec.encode(command))).toEqual(command)
      const result = applied(machine, command, context)
      if ('code' in result) continue
      const known = machine.apply({ type: 'renew', session: 1 as LockSessionId }, context)
      for (const one of [result as typeof known, known]) {
        expect(lockResultCodec.decode(lockResultCodec.encode(one))).toEqual(one)
      }
      expectAnswersCome(machine, command, context.time)
    }
  })
  fc.assert(property, { numRuns: 40 })
}, 60_000)

function expectAnswersCome(machine: LockMachine, command: LockCommand, time: LockStateView['now']): void {
  const queries: LockQuery[] = [
    { type: 'list', prefix: '', limit: 2 },
    { type: 'list', prefix: 'lock', after: 'lock 0', limit: 1_024 },
    { type: 'waits-for', limit: 3 },
    { type: 'deadlocks', limit: 5 },
    { type: 'counters' },
  ]
  if ('session' in command) queries.push({ type: 'session', session: command.session })
  if ('resource' in command) queries.push({ type: 'resource', resource: command.resource })
  for (const query of queries) {
    expect(lockQueryCodec.decode(lockQueryCodec.encode(query))).toEqual(query)
    const answer = machine.query(query, { index: 0 as never, time })
    expect(lockAnswerCodec.decode(lockAnswerCodec.encode(answer))).toEqual(answer)
  }
}

test('bytes that are no message are refused', () => {
  const codecs = [lockCommandCodec, lockResultCodec, lockEventCodec, lockQueryCodec, lockAnswerCodec]
  const bytes = fc.uint8Array({ maxLength: 64 })
  fc.assert(
    fc.property(bytes, (drawn) => {
      for (const codec of codecs) expect(outcomeOf(() => codec.decode(drawn))).toMatch(/^(ProtocolError|decoded)$/)
    }),
    { numRuns: 2_000 },
  )
})

function outcomeOf(decode: () => unknown): string {
  try {
    decode()
    return 'decoded'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
