import assert from 'node:assert/strict'
import type { ChannelHandlers, Network } from '../../network/index.ts'
import { bytesOf, readAll, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { heldRequests, messageOf, outcomeOf, rejection, thrown } from './outcome.ts'
import { pair, taker } from './taker.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()

export const channelCases: readonly NetworkCase[] = [
  {
    name: 'a network tells who it is, who its peers are, and its limits',
    async run({ nodes }) {
      for (const node of nodes) {
        const others = nodes.filter((other) => other !== node).map(({ self }) => self)
        assert.deepEqual([...node.peers()].toSorted(), others.toSorted())
        assert.deepEqual(node.limits, conformanceLimits)
      }
    },
  },
  {
    name: 'a name has one opener at a time, and is free when that has closed',
    async run({ nodes: [a, b] }) {
      const answering = (text: string): ChannelHandlers => ({ request: async () => bytesOf(text) })
      const asking = a.open('name', {})
      const first = b.open('name', answering('first'))
      messageOf(
        thrown(() => b.open('name', answering('second'))),
        'in-use',
      )
      await using _other = b.open('other-name', {})
      assert.equal(textOf(await asking.request(b.self, empty, { timeoutMs })), 'first')
      await first[Symbol.asyncDispose]()
      await using _third = b.open('name', answering('third'))
      await first[Symbol.asyncDispose]()
      assert.equal(textOf(await asking.request(b.self, empty, { timeoutMs })), 'third')
    },
  },
  {
    name: 'only printable ASCII up to the limit is a name',
    async run({ nodes: [a, b] }) {
      const longest = 'n'.repeat(conformanceLimits.channelNameLengthMax)
      for (const name of ['', 'a b', 'é', '\n', `${longest}n`]) {
        const error = thrown(() => a.open(name, {}))
        messageOf(error, 'wrong-name')
      }
      for (const name of [longest, '__proto__', 'constructor', '/:~!']) {
        await using asking = a.open(name, {})
        await using _serving = b.open(name, { request: async () => bytesOf(name) })
        assert.equal(textOf(await asking.request(b.self, empty, { timeoutMs })), name)
      }
    },
  },
  {
    name: 'channels do not mix',
    async run({ nodes: [a, b], until }) {
      const got: string[] = []
      const open = (node: Network, name: string) =>
        node.open(name, {
          notice: (_from, payload) => void got.push(`${name} ${textOf(payload)}`),
          request: async ({ payload }) => bytesOf(`${name} ${textOf(payload)}`),
          stream: async (stream) => stream.write(bytesOf(name)),
        })
      const [one, other] = [open(a, 'one'), open(a, 'other')]
      open(b, 'one')
      open(b, 'other')
      assert.equal(textOf(await one.request(b.self, bytesOf('1'), { timeoutMs })), 'one 1')
      assert.equal(textOf(await other.request(b.self, bytesOf('2'), { timeoutMs })), 'other 2')
      await until('notices arrive on both channels', () => {
        one.notify(b.self, bytesOf('1'))
        other.notify(b.self, bytesOf('2'))
        return new Set(got).size >= 2
      })
      assert.deepEqual([...new Set(got)].toSorted(), ['one 1', 'other 2'])
    },
  },
  {
    name: 'a closed channel sends nothing and says so; closing again does nothing',
    async run({ nodes: [a, b] }) {
      const channel = a.open('name', {})
      await channel[Symbol.asyncDispose]()
      assert.equal(channel.notify(b.self, empty), false)
      await rejection(channel.request(b.self, empty, { timeoutMs }), 'closed')
      await rejection(channel.openStream(b.self), 'closed')
      await channel[Symbol.asyncDispose]()
    },
  },
  {
    name: 'closing rejects the requests that wait, and the far handlers learn of it; other channels go on',
    async run({ nodes: [a, b], until }) {
      const held = heldRequests()
      await using other = a.open('other', {})
      const closing = a.open('name', {})
      b.open('name', { request: held.handler })
      b.open('other', { request: held.handler })
      const kept = other.request(b.self, empty, { timeoutMs })
      const pending = closing.request(b.self, empty, { timeoutMs })
      const rejected = rejection(pending, 'closed')
      await until('both arrive', () => held.calls.length === 2)
      await closing[Symbol.asyncDispose]()
      await rejected
      await until('one far handler learns of it', () => held.calls.some(({ signal }) => signal.aborted))
      for (const { answer } of held.calls) answer(bytesOf('kept'))
      assert.equal(textOf(await kept), 'kept')
      assert.equal(held.calls.filter(({ signal }) => signal.aborted).length, 1)
    },
  },
  {
    name: 'closing aborts the requests that it works on; their callers get not-served; other channels go on',
    async run({ nodes: [a, b], until }) {
      const [held, kept] = [heldRequests(), heldRequests()]
      const closing = b.open('name', { request: held.handler })
      b.open('other', { request: kept.handler })
      const pending = rejection(a.open('name', {}).request(b.self, empty, { timeoutMs }), 'not-served')
      const other = a.open('other', {}).request(b.self, empty, { timeoutMs })
      await until('both arrive', () => held.calls.length === 1 && kept.calls.length === 1)
      await closing[Symbol.asyncDispose]()
      await pending
      messageOf(held.calls[0]?.signal.reason, 'closed')
      assert.equal(kept.calls[0]?.signal.aborted, false)
      kept.calls[0]?.answer(bytesOf('kept'))
      assert.equal(textOf(await other), 'kept')
    },
  },
  {
    name: 'closing resets the streams of the channel; those of others go on',
    async run(harness) {
      const [a, b] = harness.nodes
      const [closing, kept] = [taker(b, 'name'), taker(b, 'other')]
      const [stream, far] = await pair(harness, a.open('name', {}).openStream(b.self), closing.streams)
      const [other, otherFar] = await pair(harness, a.open('other', {}).openStream(b.self), kept.streams)
      const reading = rejection(stream[Symbol.asyncIterator]().next(), 'stream-reset')
      await closing.channel[Symbol.asyncDispose]()
      await reading
      await rejection(stream.write(bytesOf('x')), 'stream-reset')
      await rejection(far.write(bytesOf('x')), 'closed')
      await other.write(bytesOf('still here'))
      const ended = other.end()
      assert.equal(textOf(await readAll(otherFar)), 'still here')
      await ended
    },
  },
  {
    name: 'no handler is called inside a call into the network',
    async run({ nodes: [a, b], until }) {
      let calling = false
      const seen = new Set<string>()
      const seenInside = new Set<string>()
      const see = (what: string): void => void (calling ? seenInside : seen).add(what)
      const during = <Result>(call: () => Result): Result => {
        calling = true
        try {
          return call()
        } finally {
          calling = false
        }
      }
      const handlers: ChannelHandlers = {
        peer: () => see('peer'),
        notice: () => see('notice'),
        request: async () => {
          see('request')
          return empty
        },
        stream: async () => see('stream'),
      }
      const channel = during(() => a.open('name', handlers))
      during(() => b.open('name', handlers))
      await during(() => channel.request(b.self, empty, { timeoutMs }))
      const stream = await during(() => channel.openStream(b.self))
      await until('all handlers are called', () => {
        during(() => channel.notify(b.self, empty))
        return seen.size === 4 || seenInside.size > 0
      })
      await during(() => stream[Symbol.asyncDispose]())
      assert.deepEqual([...seenInside], [])
    },
  },
  {
    name: 'no handler is called after the channel was closed',
    needs: 'cut',
    async run({ nodes: [a, b], cut, heal, settle, until }) {
      let calls = 0
      const count = (): void => void calls++
      const sending = a.open('name', {})
      const closing = b.open('name', {
        peer: count,
        notice: count,
        request: async () => {
          count()
          return empty
        },
        stream: async () => count(),
      })
      const sendAll = async (): Promise<void> => {
        sending.notify(b.self, empty)
        const request = outcomeOf(sending.request(b.self, empty, { timeoutMs }))
        const stream = outcomeOf(sending.openStream(b.self))
        await until('request and stream settle', () => request.settled && stream.settled)
      }
      await sendAll()
      await settle()
      assert.ok(calls > 0)
      sending.notify(b.self, empty)
      await closing[Symbol.asyncDispose]()
      const before = calls
      await sendAll()
      await cut(a.self, b.self)
      await heal(a.self, b.self)
      await settle()
      assert.equal(calls, before)
    },
  },
  {
    name: 'closing the network rejects all that waits, refuses new things, and its peers see it down',
    needs: 'close',
    async run({ nodes: [a, b, c], close, until }) {
      const held = heldRequests()
      const downs: string[] = []
      const channel = a.open('name', {})
      b.open('name', {
        request: held.handler,
        peer: ({ type, peer }) => type === 'down' && downs.push(peer),
        stream: async () => new Promise(() => {}),
      })
      const request = rejection(channel.request(b.self, empty, { timeoutMs }), 'closed')
      const stream = await channel.openStream(b.self)
      const reading = rejection(stream[Symbol.asyncIterator]().next(), 'closed')
      await until('the request arrives', () => held.calls.length === 1)
      await close(a.self)
      await Promise.all([request, reading])
      assert.equal(channel.notify(b.self, empty), false)
      await rejection(channel.request(b.self, empty, { timeoutMs }), 'closed')
      await rejection(stream.write(bytesOf('x')), 'closed')
      messageOf(
        thrown(() => a.open('another', {})),
        'closed',
      )
      await until('its peers see it down', () => !b.peers().includes(a.self) && !c.peers().includes(a.self))
      await until('their handlers are told', () => downs.includes(a.self))
      await until('the far handler learns of it', () => held.calls[0]?.signal.aborted === true)
      assert.deepEqual(downs, [a.self])
    },
  },
]
