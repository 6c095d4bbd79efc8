import assert from 'node:assert/strict'
import { bytesOf, content, equal, readAll, textOf, writeContent } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { outcomeOf, rejection } from './outcome.ts'
import { pair, taker } from './taker.ts'

const { streamWindowBytes } = conformanceLimits

export const streamReadingCases: readonly NetworkCase[] = [
  {
    name: 'what is read into memory comes in order and intact, between pieces too, and says when it has ended',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      const length = 5 * streamWindowBytes + 1_000_001
      const written = writeContent(near, length, 3)
      let at = 0
      for (let step = 1; at < length; step++) {
        // Some are larger than the window.
        const room = 1 + ((step * 7_919_003) % (3 * streamWindowBytes))
        const target = new Uint8Array(room)
        const count = step % 4 === 0 ? 0 : await far.readInto(target)
        assert.equal(count, step % 4 === 0 ? 0 : Math.min(room, length - at))
        assert.ok(equal(target.subarray(0, count), content(count, 3, at)), `from byte ${at} on it is something else`)
        at += count
        if (step % 4 !== 0) continue
        const { value = new Uint8Array() } = await far[Symbol.asyncIterator]().next()
        assert.ok(equal(value, content(value.byteLength, 3, at)), `from byte ${at} on the piece is something else`)
        at += value.byteLength
      }
      assert.deepEqual([at, await far.readInto(new Uint8Array(10))], [length, 0])
      await written
    },
  },
  {
    name: 'reading into memory waits until all of it has come, and tells of what has come',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const [near, far] = await pair(harness, a.open('name', {}).openStream(b.self), streams)
      const target = new Uint8Array(10)
      let told = 0
      const read = outcomeOf(far.readInto(target, { onProgress: () => void told++ }))
      assert.equal(await far.readInto(new Uint8Array()).catch(({ code }: { code: string }) => code), 'in-use')
      await rejection(far[Symbol.asyncIterator]().next(), 'in-use')
      await near.write(bytesOf('first'))
      await harness.until('the first has come', () => told > 0)
      assert.equal(read.settled, false)
      await near.write(bytesOf('second'))
      await harness.until('all has come', () => read.settled)
      assert.deepEqual([textOf(target), told], ['firstsecon', 2])
      const ended = near.end()
      assert.equal(textOf(await readAll(far)), 'd')
      await ended
    },
  },
  {
    name: 'reading into memory rejects when the far side resets, and when this side does',
    async run(harness) {
      const [a, b] = harness.nodes
      const { streams } = taker(b, 'name')
      const channel = a.open('name', {})
      const [near, far] = await pair(harness, channel.openStream(b.self), streams)
      const read = rejection(far.readInto(new Uint8Array(10)), 'stream-reset')
      await near.write(bytesOf('first'))
      near.reset('enough')
      await read
      await rejection(far.readInto(new Uint8Array(10)), 'stream-reset')
      const [, other] = await pair(harness, channel.openStream(b.self), streams)
      const own = rejection(other.readInto(new Uint8Array(10)), 'closed')
      other.reset('enough')
      await own
    },
  },
]
