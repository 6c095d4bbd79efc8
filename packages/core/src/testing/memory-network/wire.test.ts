import { expect, test } from 'vitest'
import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { rejection } from '../network-conformance/outcome.ts'
import { HoldingWire } from './holding-wire.ts'
import { memoryHub, type MemoryHub, type MemoryNode } from './hub.ts'
import { turns } from './turns.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId
const timeoutMs = 1_000

function twoNodes(): { wire: HoldingWire; hub: MemoryHub; one: MemoryNode; other: MemoryNode } {
  const wire = new HoldingWire()
  const hub = memoryHub({ clock: new ManualClock(), wire, limits: { streamWindowBytes: 1_024 } })
  return { wire, hub, one: hub.join(a), other: hub.join(b) }
}

/** Sends the numbers as notices of one byte each and returns what arrives. */
async function sendNumbers(count: number): Promise<{ wire: HoldingWire; got: number[] }> {
  const { wire, one, other } = twoNodes()
  const got: number[] = []
  other.network.open('name', {
    notice: (_from, payload) => {
      got.push(...payload)
      payload.fill(99)
    },
  })
  const channel = one.network.open('name', {})
  for (let index = 0; index < count; index++) channel.notify(b, Uint8Array.of(index))
  await turns()
  return { wire, got }
}

test('a notice that the wire loses is lost', async () => {
  const { wire, got } = await sendNumbers(3)
  wire.take('notice')
  await wire.flow()
  expect(got).toEqual([1, 2])
})

test('a notice that the wire doubles comes twice, each time with bytes of its own', async () => {
  const { wire, got } = await sendNumbers(2)
  const { deliver } = wire.take('notice')
  deliver()
  deliver()
  await wire.flow()
  deliver()
  expect(got).toEqual([0, 0, 1, 0])
})

test('notices come in the order in which the wire delivers them', async () => {
  const { wire, got } = await sendNumbers(3)
  for (const { deliver } of wire.caught.splice(0).toReversed()) deliver()
  expect(got).toEqual([2, 1, 0])
})

test('a request whose frames are late is answered late', async () => {
  const { wire, one, other } = twoNodes()
  other.network.open('name', { request: async ({ payload }) => payload })
  let answer: Uint8Array | undefined
  const asked = one.network.open('name', {}).request(b, Uint8Array.of(7), { timeoutMs })
  asked.then((bytes) => (answer = bytes)).catch(() => {})
  await turns()
  const request = wire.take('request')
  await turns()
  request.deliver()
  await turns()
  expect(answer).toBeUndefined()
  wire.take('answer').deliver()
  await turns()
  expect(answer).toEqual(Uint8Array.of(7))
})

test('frames of a connection that broke are ignored, also when the two are connected again', async () => {
  const { wire, hub, one, other } = twoNodes()
  const seen: string[] = []
  other.network.open('name', {
    notice: () => void seen.push('notice'),
    request: async () => {
      seen.push('request')
      return new Uint8Array()
    },
    stream: async () => void seen.push('stream'),
  })
  const channel = one.network.open('name', {})
  channel.notify(b, new Uint8Array())
  const rejected = rejection(channel.request(b, new Uint8Array(), { timeoutMs }), 'peer-unreachable')
  const refused = rejection(channel.openStream(b), 'peer-unreachable')
  await turns()
  hub.disconnect(a, b)
  hub.connect(a, b)
  await Promise.all([rejected, refused])
  expect(wire.caught.map(({ frame }) => frame.kind)).toEqual(['notice', 'request', 'stream-open'])
  await wire.flow()
  expect(seen).toEqual([])
  const answered = channel.request(b, new Uint8Array(), { timeoutMs })
  await wire.flow()
  await answered
  expect(seen).toEqual(['request'])
})

test('frames to an earlier life of a node, and from one, are ignored', async () => {
  const { wire, hub, one, other } = twoNodes()
  const seen: string[] = []
  const listen = (node: MemoryNode, life: string) =>
    node.network.open('name', { notice: (from) => void seen.push(`${life} from ${from}`) })
  const ofOne = listen(one, 'a')
  const ofOther = listen(other, 'b')
  ofOne.notify(b, new Uint8Array())
  ofOther.notify(a, new Uint8Array())
  await turns()
  other.crash()
  const [toOld, fromOld] = [wire.take('notice'), wire.take('notice')]
  toOld.deliver()
  fromOld.deliver()
  expect(seen).toEqual(['a from b'])
  const again = hub.join(b)
  listen(again, 'b again')
  toOld.deliver()
  fromOld.deliver()
  expect(seen).toEqual(['a from b'])
  ofOne.notify(b, new Uint8Array())
  await wire.flow()
  expect(seen).toEqual(['a from b', 'b again from a'])
})

test('a wire that loses, doubles or reorders reliable frames is stopped', async () => {
  const { wire, one, other } = twoNodes()
  other.network.open('name', { request: async ({ payload }) => payload })
  const channel = one.network.open('name', {})
  for (const _each of [1, 2, 3]) void channel.request(b, new Uint8Array(), { timeoutMs })
  await turns()
  const [first, second, third] = [wire.take('request'), wire.take('request'), wire.take('request')]
  const broken = 'broken invariant: a wire delivers the reliable frames of one direction in order, each once'
  expect(() => second.deliver()).toThrow(broken)
  first.deliver()
  expect(() => first.deliver()).toThrow(broken)
  expect(() => third.deliver()).toThrow(broken)
  second.deliver()
})

test('to the dead a wire may lose whatever it likes', async () => {
  const { wire, one, other } = twoNodes()
  const channel = one.network.open('name', {})
  for (const _each of [1, 2]) void channel.request(b, new Uint8Array(), { timeoutMs })
  await turns()
  other.crash()
  wire.take('request')
  expect(() => wire.take('request').deliver()).not.toThrow()
})

test('what a node sent last before it crashed may still arrive, but not what it was about to send', async () => {
  const { wire, one, other } = twoNodes()
  const got: number[] = []
  other.network.open('name', { notice: (_from, payload) => void got.push(...payload) })
  const channel = one.network.open('name', {})
  channel.notify(b, Uint8Array.of(1))
  await turns()
  channel.notify(b, Uint8Array.of(2))
  one.crash()
  await wire.flow()
  expect(got).toEqual([1])
})

test('the wire sees what it carries: who, what, how long, how dear', async () => {
  const { wire, one, other } = twoNodes()
  const seen: string[] = []
  const carry = wire.carry.bind(wire)
  wire.carry = (frame, deliver) => {
    const { from, to, channel, kind, bytes, payload, reliable } = frame
    seen.push(`${from}>${to} ${channel} ${kind} ${bytes} [${payload.join()}]${reliable ? '' : ' unreliable'}`)
    carry(frame, deliver)
  }
  let rejects = false
  other.network.open('name', {
    request: ({ payload, signal }) =>
      new Promise((resolve, reject) => {
        if (payload.byteLength > 0) return resolve(payload)
        if (rejects) signal.addEventListener('abort', () => reject(new FlotillaError('given-up', 'given up')))
        else signal.addEventListener('abort', () => resolve(new Uint8Array()))
        rejects = true
      }),
    stream: async (stream) => {
      for await (const _piece of stream) continue
      await stream.end()
    },
  })
  const channel = one.network.open('name', {})
  channel.notify(b, Uint8Array.of(1))
  const request = channel.request(b, Uint8Array.of(2, 2), { timeoutMs })
  const refused = rejection(one.network.open('none', {}).request(b, new Uint8Array(), { timeoutMs }), 'not-served')
  const cancel = new AbortController()
  const cancelled = [1, 2].map(() => channel.request(b, new Uint8Array(), { timeoutMs, signal: cancel.signal }))
  const gaveUp = Promise.allSettled(cancelled)
  await wire.flow()
  cancel.abort(new Error('enough'))
  await wire.flow()
  await Promise.all([request, refused])
  expect((await gaveUp).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(seen.splice(0)).toEqual([
    'a>b name notice 33 [1] unreliable',
    'a>b name request 34 [2,2]',
    'a>b none request 32 []',
    'a>b name request 32 []',
    'a>b name request 32 []',
    'b>a name answer 34 [2,2]',
    'b>a none failure 32 []',
    'a>b name cancel 32 []',
    'a>b name cancel 32 []',
  ])
  const opening = channel.openStream(b, { header: Uint8Array.of(3) })
  await wire.flow()
  const stream = await opening
  await stream.write(new Uint8Array(1_024))
  await wire.flow()
  const ended = stream.end()
  await wire.flow()
  await ended
  expect(seen.map((line) => line.replaceAll('0,', ''))).toEqual([
    'a>b name stream-open 33 [3]',
    'b>a name stream-accept 32 []',
    'a>b name stream-data 1056 [0]',
    'b>a name stream-credit 32 []',
    'a>b name stream-end 32 []',
    'b>a name stream-read 32 []',
    'b>a name stream-end 32 []',
    'a>b name stream-read 32 []',
  ])
})

test('no more is on its way than the reader has room for, however long nothing is read', async () => {
  const { wire, one, other } = twoNodes()
  const taken = Promise.withResolvers<AsyncIterator<Uint8Array, undefined>>()
  other.network.open('name', {
    stream: async (stream) => {
      taken.resolve(stream[Symbol.asyncIterator]())
      await new Promise(() => {})
    },
  })
  const opening = one.network.open('name', {}).openStream(b)
  await wire.flow()
  const stream = await opening
  void stream.write(new Uint8Array(100_000))
  await turns()
  const bytesCarried = (): number =>
    wire.caught.reduce((sum, { frame }) => sum + (frame.kind === 'stream-data' ? frame.payload.byteLength : 0), 0)
  expect(bytesCarried()).toBe(1_024)
  await wire.flow()
  expect(bytesCarried()).toBe(0)
  const reader = await taken.promise
  const piece = await reader.next()
  expect(piece.value?.byteLength).toBe(1_024)
  await turns()
  wire.take('stream-credit').deliver()
  await turns()
  expect(bytesCarried()).toBe(1_024)
})

test('room that comes after the end does not end a stream twice', async () => {
  const { wire, one, other } = twoNodes()
  other.network.open('name', {
    stream: async (stream) => {
      for await (const _piece of stream) continue
    },
  })
  const opening = one.network.open('name', {}).openStream(b)
  await wire.flow()
  const stream = await opening
  await stream.write(new Uint8Array(1_024))
  await turns()
  wire.take('stream-data').deliver()
  await turns()
  const ended = stream.end()
  await turns()
  wire.take('stream-credit').deliver()
  await turns()
  expect(wire.caught.map(({ frame }) => frame.kind)).toEqual(['stream-end'])
  await wire.flow()
  await ended
})
