import assert from 'node:assert/strict'
import { FlotillaError } from '../../errors/index.ts'
import { bytesOf, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { heldRequests, messageOf, outcomeOf, rejection } from './outcome.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { messageBytesMax, messageBytesHeldMax, requestsInFlightMax, noticesQueuedMax, reasonLengthMax } =
  conformanceLimits

export const requestFailureCases: readonly NetworkCase[] = [
  {
    name: "a FlotillaError's message reaches the caller, cut where it is too long",
    async run({ nodes: [a, b] }) {
      b.open('name', {
        request: async ({ payload }) => {
          throw new FlotillaError('no-bananas', textOf(payload))
        },
      })
      const channel = a.open('name', {})
      for (const text of ['we have no bananas today', 'b'.repeat(reasonLengthMax)]) {
        assert.equal(await rejection(channel.request(b.self, bytesOf(text), { timeoutMs }), 'remote-failed'), text)
      }
      const long = 'banana '.repeat(reasonLengthMax)
      const told = await rejection(channel.request(b.self, bytesOf(long), { timeoutMs }), 'remote-failed')
      assert.ok(told.length <= reasonLengthMax && told.startsWith('banana banana'))
    },
  },
  {
    name: 'any other error stays at home, where it is handed over',
    needs: 'handler-errors',
    async run({ nodes: [a, b], handlerErrors, until }) {
      const bugs = [new Error('secret of the async handler'), new TypeError('secret of the sync handler')]
      b.open('async', {
        request: async () => {
          throw bugs[0] as Error
        },
      })
      b.open('sync', {
        request: () => {
          throw bugs[1] as Error
        },
      })
      b.open('flotilla', {
        request: async () => {
          throw new FlotillaError('no-bananas', 'meant for the caller')
        },
      })
      for (const name of ['flotilla', 'async', 'sync']) {
        const told = await rejection(a.open(name, {}).request(b.self, empty, { timeoutMs }), 'remote-failed')
        assert.ok(told.length > 0 && !told.includes('secret'), told)
      }
      await until('both are handed over', () => handlerErrors().length >= 2)
      assert.deepEqual(handlerErrors(), bugs)
    },
  },
  {
    name: 'when the deadline passes the caller is told, the far handler learns of it, and a late answer is nothing',
    async run({ nodes: [a, b], elapse, settle, until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      const short = channel.request(b.self, empty, { timeoutMs: 500 })
      const late = outcomeOf(short)
      const patient = channel.request(b.self, empty, { timeoutMs })
      await until('both arrive', () => held.calls.length === 2)
      await elapse(500)
      await rejection(short, 'deadline-exceeded')
      await until('one far handler learns of it', () => held.calls.some(({ signal }) => signal.aborted))
      for (const [index, { signal, answer }] of held.calls.entries()) {
        if (signal.aborted) messageOf(signal.reason, 'cancelled')
        answer(bytesOf(signal.aborted ? 'late' : `in time ${index}`))
      }
      await settle()
      assert.match(textOf(await patient), /^in time/)
      messageOf(late.error, 'deadline-exceeded')
    },
  },
  {
    name: 'a request with no time left is not sent',
    async run({ nodes: [a, b], settle }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      await rejection(channel.request(b.self, empty, { timeoutMs: 0 }), 'deadline-exceeded')
      await rejection(channel.request(b.self, empty, { timeoutMs: -5 }), 'deadline-exceeded')
      await settle()
      assert.equal(held.calls.length, 0)
    },
  },
  {
    name: "cancelling gives up at once with the signal's reason, and the far handler learns of it",
    async run({ nodes: [a, b], settle, until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      const cancel = new AbortController()
      const reason = new Error('changed my mind')
      const request = channel.request(b.self, empty, { timeoutMs, signal: cancel.signal })
      await until('it arrives', () => held.calls.length === 1)
      cancel.abort(reason)
      await assert.rejects(request, reason)
      await until('the far handler learns of it', () => held.calls[0]?.signal.aborted === true)
      messageOf(held.calls[0]?.signal.reason, 'cancelled')
      await assert.rejects(channel.request(b.self, empty, { timeoutMs, signal: cancel.signal }), reason)
      await settle()
      assert.equal(held.calls.length, 1)
    },
  },
  {
    name: 'what the far side does not serve is said so',
    async run({ nodes: [a, b] }) {
      const channel = a.open('name', {})
      await rejection(channel.request(b.self, empty, { timeoutMs }), 'not-served')
      b.open('name', { notice: () => {} })
      await rejection(channel.request(b.self, empty, { timeoutMs }), 'not-served')
    },
  },
  {
    name: 'requests and answers that are too long are refused with the name of the limit',
    async run({ nodes: [a, b] }) {
      let calls = 0
      b.open('name', {
        request: async () => {
          calls++
          return new Uint8Array(messageBytesMax + 1)
        },
      })
      const channel = a.open('name', {})
      const asked = channel.request(b.self, new Uint8Array(messageBytesMax + 1), { timeoutMs })
      assert.match(await rejection(asked, 'too-large'), /messageBytesMax/)
      assert.equal(calls, 0)
      assert.match(await rejection(channel.request(b.self, empty, { timeoutMs }), 'too-large'), /messageBytesMax/)
    },
  },
  {
    name: 'one request more than may wait is refused, and there is room again when one was answered',
    async run({ nodes: [a, b, c], until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      c.open('name', { request: async () => empty })
      const channel = a.open('name', {})
      const waiting = Array.from({ length: requestsInFlightMax }, () => channel.request(b.self, empty, { timeoutMs }))
      const refused = await rejection(channel.request(b.self, empty, { timeoutMs }), 'overloaded')
      assert.match(refused, /requestsInFlightMax/)
      await channel.request(c.self, empty, { timeoutMs })
      await until('all run', () => held.calls.length === requestsInFlightMax)
      for (const { answer } of held.calls.splice(0)) answer(empty)
      await Promise.all(waiting)
      const again = channel.request(b.self, empty, { timeoutMs })
      await until('the next one runs', () => held.calls.length === 1)
      held.calls[0]?.answer(empty)
      await again
    },
  },
  {
    name: 'more bytes than may be held for one peer are refused, as a request and as a notice',
    async run({ nodes: [a, b], until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      const longest = new Uint8Array(messageBytesMax)
      const count = messageBytesHeldMax / messageBytesMax
      const waiting = Array.from({ length: count }, () => channel.request(b.self, longest, { timeoutMs }))
      for (let tries = 0; tries <= Math.max(requestsInFlightMax, noticesQueuedMax); tries++) {
        const refused = await rejection(channel.request(b.self, bytesOf('x'), { timeoutMs }), 'overloaded')
        assert.match(refused, /messageBytesHeldMax/)
        assert.equal(channel.notify(b.self, bytesOf('x')), false)
      }
      await until('all run', () => held.calls.length === count)
      for (const { answer } of held.calls) answer(empty)
      await Promise.all(waiting)
      assert.equal(channel.notify(b.self, bytesOf('x')), true)
    },
  },
  {
    name: 'handlers that do not heed their signal count until they settle',
    async run({ nodes: [a, b], until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      const cancel = new AbortController()
      const given = Array.from({ length: requestsInFlightMax }, () =>
        channel.request(b.self, empty, { timeoutMs, signal: cancel.signal }),
      )
      await until('all run', () => held.calls.length === requestsInFlightMax)
      cancel.abort(new Error('enough'))
      await Promise.allSettled(given)
      const refused = await rejection(channel.request(b.self, empty, { timeoutMs }), 'overloaded')
      assert.match(refused, /requestsInFlightMax/)
      assert.equal(held.calls.length, requestsInFlightMax)
      for (const { answer } of held.calls.splice(0)) answer(empty)
      const again = channel.request(b.self, empty, { timeoutMs })
      await until('the next one runs', () => held.calls.length === 1)
      held.calls[0]?.answer(bytesOf('welcome'))
      assert.equal(textOf(await again), 'welcome')
    },
  },
]
