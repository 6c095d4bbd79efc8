import assert from 'node:assert/strict'
import { bytesOf, content, equal, readAll, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { heldRequests, messageOf, outcomeOf, rejection } from './outcome.ts'
import { openWhenRoom, pair, taker, waitingKinds } from './taker.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { requestsInFlightMax, streamWindowBytes, streamsOpenMax } = conformanceLimits

export const lossCases: readonly NetworkCase[] = [
  {
    name: 'when the connection breaks, both sides of a request learn of it; a late answer is nothing',
    needs: 'cut',
    async run({ nodes: [a, b], cut, heal, settle, until }) {
      const held = heldRequests()
      b.open('name', { request: held.handler })
      const channel = a.open('name', {})
      const pending = outcomeOf(channel.request(b.self, empty, { timeoutMs }))
      await until('it arrives', () => held.calls.length === 1)
      await cut(a.self, b.self)
      await until('the caller learns of it', () => pending.settled)
      messageOf(pending.error, 'peer-unreachable')
      await until('the far handler learns of it', () => held.calls[0]?.signal.aborted === true)
      messageOf(held.calls[0]?.signal.reason, 'peer-unreachable')
      await rejection(channel.request(b.self, empty, { timeoutMs }), 'peer-unreachable')
      assert.equal(channel.notify(b.self, empty), false)
      await heal(a.self, b.self)
      const next = channel.request(b.self, empty, { timeoutMs })
      await until('the next one arrives', () => held.calls.length === 2)
      held.calls[0]?.answer(bytesOf('late'))
      await settle()
      held.calls[1]?.answer(bytesOf('in time'))
      assert.equal(textOf(await next), 'in time')
    },
  },
  {
    name: 'when the connection breaks, streams fail at both ends and stay so',
    needs: 'cut',
    async run(harness) {
      const { nodes, cut, heal, settle } = harness
      const [a, b] = nodes
      const { streams } = taker(b, 'name')
      const channel = a.open('name', {})
      for (const waitingOn of waitingKinds) {
        const ends = await pair(harness, channel.openStream(b.self), streams)
        const waiting = ends.flatMap((end) => waitingOn(end, streamWindowBytes))
        const rejected = waiting.map((promise) => rejection(promise, 'peer-unreachable'))
        await settle()
        await cut(a.self, b.self)
        await Promise.all(rejected)
        await heal(a.self, b.self)
        for (const end of ends) {
          await rejection(end.end(), 'peer-unreachable')
          await rejection(end[Symbol.asyncIterator]().next(), 'peer-unreachable')
        }
      }
      const [again, farAgain] = await pair(harness, channel.openStream(b.self), streams)
      const sent = again.write(content(100, 1)).then(() => again.end())
      assert.ok(equal(await readAll(farAgain), content(100, 1)))
      await sent
    },
  },
  {
    name: 'a direction that was read to its end stays ended when the connection breaks',
    needs: 'cut',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      await near.write(bytesOf('all'))
      const ended = near.end()
      const reader = far[Symbol.asyncIterator]()
      await reader.next()
      await ended
      await harness.cut(a.self, b.self)
      assert.deepEqual(await reader.next(), { done: true, value: undefined })
      await near.end()
      await rejection(far.write(bytesOf('x')), 'peer-unreachable')
    },
  },
  {
    name: 'a connection that breaks harms no other',
    needs: 'cut',
    async run(harness) {
      const [a, b, c] = harness.nodes
      const held = heldRequests()
      c.open('held', { request: held.handler })
      const { streams } = taker(c, 'name')
      const request = a.open('held', {}).request(c.self, empty, { timeoutMs })
      const [near, far] = await pair(harness, a.open('name', {}).openStream(c.self), streams)
      await harness.until('the request arrives', () => held.calls.length === 1)
      await harness.cut(a.self, b.self)
      await near.write(bytesOf('still here'))
      const ended = near.end()
      assert.equal(textOf(await readAll(far)), 'still here')
      await ended
      held.calls[0]?.answer(bytesOf('as ever'))
      assert.equal(textOf(await request), 'as ever')
    },
  },
  {
    name: 'handlers that go on after the connection broke count when it is made again',
    needs: 'cut',
    async run(harness) {
      const { nodes, cut, heal, until } = harness
      const [a, b] = nodes
      const held = heldRequests()
      b.open('held', { request: held.handler })
      const { release } = taker(b, 'name')
      const [asking, opening] = [a.open('held', {}), a.open('name', {})]
      const requests = Array.from({ length: requestsInFlightMax }, () => asking.request(b.self, empty, { timeoutMs }))
      const settled = Promise.allSettled(requests)
      for (let index = 0; index < streamsOpenMax; index++) await opening.openStream(b.self)
      await until('all run', () => held.calls.length === requestsInFlightMax)
      await cut(a.self, b.self)
      await heal(a.self, b.self)
      await settled
      await rejection(asking.request(b.self, empty, { timeoutMs }), 'overloaded')
      await rejection(opening.openStream(b.self), 'overloaded')
      for (const { answer } of held.calls.splice(0)) answer(empty)
      release()
      await openWhenRoom(harness, opening, b.self)
      const request = asking.request(b.self, empty, { timeoutMs })
      await until('the next one runs', () => held.calls.length === 1)
      held.calls[0]?.answer(empty)
      await request
    },
  },
]
