import assert from 'node:assert/strict'
import type { ByteStream } from '../../network/index.ts'
import { bytesOf, content, equal, readAll, readContent, textOf, writeContent } from './content.ts'
import { conformanceLimits, type NetworkCase, type NetworkHarness } from './harness.ts'
import { outcomeOf, rejection } from './outcome.ts'
import { openWhenRoom, pair, taker } from './taker.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { streamWindowBytes, streamHeaderBytesMax, streamsOpenMax } = conformanceLimits

/** Writes until a write waits; says how many bytes were taken. */
async function fill(stream: ByteStream, { settle }: NetworkHarness): Promise<number> {
  const piece = 1_000
  for (let taken = 0; ; taken += piece) {
    assert.ok(taken <= streamWindowBytes, 'writes are accepted without end')
    const write = outcomeOf(stream.write(content(piece, 0, taken)))
    await Promise.resolve()
    if (!write.settled) await settle()
    if (!write.settled) return taken
    assert.equal(write.error, undefined)
  }
}

export const streamFlowCases: readonly NetworkCase[] = [
  {
    name: '5 MiB in odd pieces both ways at once arrive in order and intact',
    async run({ nodes: [a, b] }) {
      const length = 5 * 2 ** 20 + 1
      const exchange = async (stream: ByteStream, mine: number, theirs: number): Promise<number> => {
        const [, got] = await Promise.all([writeContent(stream, length, mine), readContent(stream, theirs)])
        return got
      }
      const far = Promise.withResolvers<number>()
      b.open('name', { stream: async (stream) => far.resolve(await exchange(stream, 2, 1)) })
      await using stream = await a.open('name', {}).openStream(b.self)
      const near = await exchange(stream, 1, 2)
      assert.deepEqual([near, await far.promise], [length, length])
    },
  },
  {
    name: 'many tiny writes arrive in order, and no piece is empty',
    async run({ nodes: [a, b] }) {
      const far = Promise.withResolvers<number>()
      b.open('name', { stream: async (stream) => far.resolve(await readContent(stream, 4)) })
      await using stream = await a.open('name', {}).openStream(b.self)
      for (let at = 0; at < 5_000; at++) {
        await stream.write(content(1, 4, at))
        if (at % 100 === 0) await stream.write(empty)
      }
      await stream.end()
      assert.equal(await far.promise, 5_000)
    },
  },
  {
    name: 'the far side learns who opened it and what for',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const channel = a.open('name', {})
      for (const length of [0, 1, streamHeaderBytesMax]) {
        const header = content(length, 5)
        const opening = channel.openStream(b.self, { header })
        header.fill(0)
        const [near, far] = await pair(harness, opening, streams)
        for (const end of [near, far]) assert.ok(equal(end.header, content(length, 5)))
        assert.deepEqual([near.peer, far.peer], [b.self, a.self])
        await near[Symbol.asyncDispose]()
      }
      const [bare] = await pair(harness, channel.openStream(b.self), streams)
      assert.equal(bare.header.byteLength, 0)
      const long = channel.openStream(b.self, { header: new Uint8Array(streamHeaderBytesMax + 1) })
      assert.match(await rejection(long, 'too-large'), /streamHeaderBytesMax/)
    },
  },
  {
    name: 'a writer whose reader does not read waits after at most a window, and goes on when it reads',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      for (const [writer, reader] of [
        [near, far],
        [far, near],
      ] as const) {
        const taken = await fill(writer, harness)
        assert.ok(taken > 0 && taken <= streamWindowBytes, `${taken} bytes were taken`)
        const ended = writer.end()
        const read = readContent(reader, 0)
        await ended
        assert.equal(await read, taken + 1_000)
      }
    },
  },
  {
    name: 'a stream that nobody reads does not hold up notices, requests or another stream',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const got: string[] = []
      const channel = a.open('name', { notice: (from) => void got.push(from) })
      const [stalled] = await pair(harness, channel.openStream(b.self), streams)
      await fill(stalled, harness)
      await channel.request(b.self, empty, { timeoutMs })
      const back = b.open('back', { notice: (from) => void got.push(from) })
      const there = a.open('back', { request: async () => empty })
      await back.request(a.self, empty, { timeoutMs })
      await harness.until('a notice arrives', () => there.notify(b.self, empty) && got.includes(a.self))
      const [near, far] = await pair(harness, channel.openStream(b.self), streams)
      const [, read] = await Promise.all([writeContent(near, 200_000, 6), readContent(far, 6)])
      assert.equal(read, 200_000)
    },
  },
  {
    name: 'writes that overlap keep the order of their calls',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      const length = 3 * streamWindowBytes
      const writes = [0, 1, 2].map((part) => near.write(content(streamWindowBytes, 7, part * streamWindowBytes)))
      const ended = near.end()
      assert.equal(await readContent(far, 7), length)
      await Promise.all([...writes, ended])
    },
  },
  {
    name: 'a reader may leave and come back; two at a time it is not',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      const reading = far[Symbol.asyncIterator]().next()
      await rejection(far[Symbol.asyncIterator]().next(), 'in-use')
      await near.write(bytesOf('first'))
      assert.equal(textOf((await reading).value ?? empty), 'first')
      await near.write(bytesOf('second'))
      for await (const piece of far) {
        assert.equal(textOf(piece), 'second')
        break
      }
      await near.write(bytesOf('third'))
      const ended = near.end()
      assert.equal(textOf(await readAll(far)), 'third')
      assert.equal(textOf(await readAll(far)), '', 'what has ended stays so')
      await ended
    },
  },
  {
    name: 'streams up to the limit live side by side, from both sides; one more is refused until one is gone',
    async run(harness) {
      const [a, b, c] = harness.nodes
      const [ofA, ofB] = [taker(a, 'name'), taker(b, 'name')]
      taker(c, 'name')
      const opened: (readonly [ByteStream, ByteStream])[] = []
      for (let index = 0; index < streamsOpenMax; index++) {
        const [from, to] = index % 2 === 0 ? [ofA, ofB] : [ofB, ofA]
        const peer = index % 2 === 0 ? b.self : a.self
        opened.push(await pair(harness, from.channel.openStream(peer), to.streams))
      }
      assert.match(await rejection(ofA.channel.openStream(b.self), 'overloaded'), /streamsOpenMax/)
      assert.match(await rejection(ofB.channel.openStream(a.self), 'overloaded'), /streamsOpenMax/)
      await ofA.channel.openStream(c.self)
      const exchange = async ([near, far]: readonly [ByteStream, ByteStream], salt: number): Promise<number> => {
        const [, read] = await Promise.all([writeContent(near, 100_000, salt), readContent(far, salt)])
        return read
      }
      const read = await Promise.all(opened.map(exchange))
      assert.deepEqual(new Set(read), new Set([100_000]))
      ofA.release()
      ofB.release()
      for (const [near] of opened) await near[Symbol.asyncDispose]()
      for (const _each of opened) await openWhenRoom(harness, ofA.channel, b.self)
    },
  },
]
