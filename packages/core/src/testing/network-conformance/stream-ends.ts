import assert from 'node:assert/strict'
import { FlotillaError } from '../../errors/index.ts'
import type { ByteStream } from '../../network/index.ts'
import { bytesOf, content, readAll, readContent, textOf, writeContent } from './content.ts'
import { conformanceLimits, type NetworkCase, type NetworkHarness } from './harness.ts'
import { outcomeOf, rejection } from './outcome.ts'
import { openWhenRoom, pair, taker, waitingKinds } from './taker.ts'

const { streamWindowBytes, streamsOpenMax, reasonLengthMax } = conformanceLimits

function next(stream: ByteStream): Promise<IteratorResult<Uint8Array, undefined>> {
  return stream[Symbol.asyncIterator]().next()
}

/** Both ends of a stream between the first two nodes. */
async function streamOf(harness: NetworkHarness): Promise<readonly [near: ByteStream, far: ByteStream]> {
  const [a, b] = harness.nodes
  return pair(harness, a.open('name', {}).openStream(b.self), taker(b, 'name').streams)
}

export const streamEndCases: readonly NetworkCase[] = [
  {
    name: 'each direction ends on its own',
    async run(harness) {
      const [near, far] = await streamOf(harness)
      await near.write(bytesOf('there'))
      const ended = near.end()
      assert.equal(textOf(await readAll(far)), 'there')
      await ended
      await rejection(near.write(bytesOf('more')), 'closed')
      await far.write(bytesOf('and '))
      await far.write(bytesOf('back'))
      const farEnded = far.end()
      assert.equal(textOf(await readAll(near)), 'and back')
      await farEnded
      await Promise.all([near.end(), far.end()])
    },
  },
  {
    name: 'end resolves when everything was read, not before',
    async run(harness) {
      const [near, far] = await streamOf(harness)
      await near.write(content(1_000, 1))
      const ended = near.end()
      const end = outcomeOf(ended)
      await harness.settle()
      assert.equal(end.settled, false)
      assert.equal(await readContent(far, 1), 1_000)
      await ended
    },
  },
  {
    name: 'a reader that read all sees the end, also when the far side is disposed right after its end',
    async run({ nodes: [a, b], settle }) {
      b.open('name', {
        stream: async (stream) => {
          await stream.write(bytesOf('short'))
          await stream.end()
        },
      })
      const stream = await a.open('name', {}).openStream(b.self)
      const first = await next(stream)
      assert.equal(textOf(first.value ?? new Uint8Array()), 'short')
      await settle()
      assert.deepEqual(await next(stream), { done: true, value: undefined })
      assert.deepEqual(await next(stream), { done: true, value: undefined })
      await rejection(stream.write(bytesOf('x')), 'stream-reset')
    },
  },
  {
    name: 'a reset gives up both directions at both ends, and the far side learns why',
    async run(harness) {
      const [a, b] = harness.nodes
      const { channel, streams } = taker(b, 'name')
      const opening = a.open('name', {})
      for (const [side, waitingOn] of [0, 1].flatMap((index) => waitingKinds.map((kind) => [index, kind] as const))) {
        const ends = await pair(harness, opening.openStream(b.self), streams)
        const [one, other] = side === 0 ? ends : [ends[1], ends[0]]
        const mine = waitingOn(one, streamWindowBytes).map((waiting) => rejection(waiting, 'closed'))
        const theirs = waitingOn(other, streamWindowBytes).map((waiting) => rejection(waiting, 'stream-reset'))
        await harness.settle()
        one.reset('the cat came in')
        one.reset('a second reset is nothing')
        await Promise.all(mine)
        for (const told of await Promise.all(theirs)) assert.match(told, /the cat came in/)
        await Promise.all([rejection(next(one), 'closed'), rejection(one.end(), 'closed')])
        await Promise.all([rejection(next(other), 'stream-reset'), rejection(other.end(), 'stream-reset')])
        other.reset('too late')
        await other[Symbol.asyncDispose]()
        await Promise.all([rejection(next(one), 'closed'), rejection(next(other), 'stream-reset')])
      }
      await channel[Symbol.asyncDispose]()
    },
  },
  {
    name: 'a long reason is cut',
    async run(harness) {
      const [near, far] = await streamOf(harness)
      near.reset('because '.repeat(reasonLengthMax))
      const told = await rejection(next(far), 'stream-reset')
      assert.ok(told.length <= reasonLengthMax && told.startsWith('because because'), told)
    },
  },
  {
    name: 'disposing resets what has not ended, and only that',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const channel = a.open('name', {})
      const [near, far] = await pair(harness, channel.openStream(b.self), streams)
      await near.write(bytesOf('unread'))
      await near[Symbol.asyncDispose]()
      await rejection(near.write(bytesOf('x')), 'closed')
      await harness.until('the far side learns of it', () => streams.length === 1)
      await rejection(far.end(), 'stream-reset')
      const [one, other] = await pair(harness, channel.openStream(b.self), streams)
      await Promise.all([one.end(), other.end(), readAll(one), readAll(other)])
      await one[Symbol.asyncDispose]()
      await harness.settle()
      assert.deepEqual(await next(other), { done: true, value: undefined })
    },
  },
  {
    name: 'a stream that has ended both ways is gone, disposed or not',
    async run(harness) {
      const [a, b] = harness.nodes
      b.open('echo', {
        stream: async (stream) => {
          for await (const piece of stream) await stream.write(piece)
          await stream.end()
        },
      })
      const channel = a.open('echo', {})
      for (let round = 0; round < 2 * streamsOpenMax; round++) {
        const stream = await openWhenRoom(harness, channel, b.self)
        await stream.write(bytesOf('over and out'))
        if (round % 2 === 0) {
          const ended = stream.end()
          assert.equal(textOf(await readAll(stream)), 'over and out')
          await ended
        } else {
          const read = readAll(stream)
          await stream.end()
          assert.equal(textOf(await read), 'over and out')
        }
      }
    },
  },
  {
    name: 'a stream is disposed when its handler resolves and reset with the reason when it rejects',
    needs: 'handler-errors',
    async run({ nodes: [a, b], handlerErrors, until }) {
      const bug = new Error('a secret bug')
      b.open('resolves', { stream: async () => {} })
      b.open('rejects', {
        stream: async () => {
          throw new FlotillaError('no-bananas', 'we have no bananas today')
        },
      })
      b.open('throws', {
        stream: () => {
          throw bug
        },
      })
      const told: string[] = []
      for (const name of ['resolves', 'rejects', 'throws']) {
        const stream = await a.open(name, {}).openStream(b.self)
        told.push(await rejection(next(stream), 'stream-reset'))
      }
      assert.match(told[1] as string, /we have no bananas today/)
      assert.ok(!told[2]?.includes('secret'), told[2])
      await until('the bug is handed over', () => handlerErrors().length > 0)
      assert.deepEqual(handlerErrors(), [bug])
    },
  },
  {
    name: 'giving up a write resets the stream',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const channel = a.open('name', {})
      const reason = new Error('changed my mind')
      for (const early of [true, false]) {
        const [near, far] = await pair(harness, channel.openStream(b.self), streams)
        const cancel = new AbortController()
        if (early) cancel.abort(reason)
        const write = near.write(new Uint8Array(2 * streamWindowBytes), { signal: cancel.signal })
        cancel.abort(reason)
        await assert.rejects(write, reason)
        await rejection(near.write(bytesOf('x')), 'closed')
        await rejection(far.end(), 'stream-reset')
      }
      const [near, far] = await pair(harness, channel.openStream(b.self), streams)
      const cancel = new AbortController()
      await near.write(bytesOf('whole'), { signal: cancel.signal })
      cancel.abort(reason)
      const ended = near.end()
      assert.equal(textOf(await readAll(far)), 'whole')
      await ended
    },
  },
  {
    name: 'opening may be given up, which leaves nothing behind; once open, that signal means nothing',
    async run(harness) {
      const [a, b] = harness.nodes
      const waiting: Promise<unknown>[] = []
      b.open('name', {
        stream: async (stream) => {
          waiting.push(rejection(next(stream), 'stream-reset'))
          await waiting.at(-1)
        },
      })
      const channel = a.open('name', {})
      const reason = new Error('changed my mind')
      for (let round = 0; round < 3 * streamsOpenMax; round++) {
        const cancel = new AbortController()
        if (round % 2 === 0) cancel.abort(reason)
        const opening = channel.openStream(b.self, { signal: cancel.signal })
        const rejected = assert.rejects(opening, reason)
        cancel.abort(reason)
        await rejected
        await harness.settle()
      }
      await Promise.all(waiting)
      const { streams } = taker(b, 'open')
      const cancel = new AbortController()
      const opening = a.open('open', {}).openStream(b.self, { signal: cancel.signal })
      const [near, far] = await pair(harness, opening, streams)
      cancel.abort(reason)
      const [, read] = await Promise.all([writeContent(near, 1_000, 1), readContent(far, 1)])
      assert.equal(read, 1_000)
    },
  },
  {
    name: 'a stream to nobody, to ourselves or that nobody takes is refused',
    async run({ nodes: [a, b], stranger }) {
      const channel = a.open('name', { stream: async () => {} })
      await rejection(channel.openStream(stranger), 'peer-unreachable')
      await rejection(channel.openStream(a.self), 'peer-unreachable')
      await rejection(channel.openStream(b.self), 'not-served')
      b.open('name', { request: async () => new Uint8Array() })
      await rejection(channel.openStream(b.self), 'not-served')
    },
  },
  {
    name: 'streams whose handlers go on count until these have settled',
    async run(harness) {
      const [a, b] = harness.nodes
      const { release } = taker(b, 'name')
      const channel = a.open('name', {})
      for (let index = 0; index < streamsOpenMax; index++) {
        const stream = await channel.openStream(b.self)
        stream.reset('never mind')
      }
      await rejection(channel.openStream(b.self), 'overloaded')
      release()
      await openWhenRoom(harness, channel, b.self)
    },
  },
]
