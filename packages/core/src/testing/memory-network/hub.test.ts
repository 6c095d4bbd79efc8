import { Buffer } from 'node:buffer'
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import type { Channel } from '../../network/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { rejection } from '../network-conformance/outcome.ts'
import { never } from '../../network/sessions/index.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'
import { directWire } from './wire.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId
const c = 'c' as NodeId
const timeoutMs = 1_000
const empty = new Uint8Array()

test('everyone is connected with everyone on joining, unless the hub is told otherwise', () => {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  const [one, other, third] = [hub.join(a), hub.join(b), hub.join(c)]
  expect([one, other, third].map(({ network }) => network.peers())).toEqual([
    [b, c],
    [a, c],
    [a, b],
  ])
  const lonely = memoryHub({ clock, connectOnJoin: false })
  const [first, second] = [lonely.join(a), lonely.join(b)]
  expect(first.network.peers()).toEqual([])
  lonely.connect(a, b)
  expect([first.network.peers(), second.network.peers()]).toEqual([[b], [a]])
})

test('connecting what is connected changes nothing', async () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const [one] = [hub.join(a), hub.join(b)]
  const told: string[] = []
  one.network.open('name', { peer: ({ type, peer }) => void told.push(`${type} ${peer}`) })
  await turns()
  hub.connect(b, a)
  await turns()
  expect(told).toEqual(['up b'])
})

test('a peer is reported before the first thing that comes from it, also when that was on its way', async () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const [one, other] = [hub.join(a), hub.join(b)]
  const told: string[] = []
  const sender = one.network.open('name', {})
  const open = (whenUp: () => void): Channel =>
    other.network.open('name', {
      peer: ({ type, peer }) => {
        told.push(`${type} ${peer}`)
        whenUp()
      },
      notice: () => void told.push('notice'),
    })
  sender.notify(b, empty)
  const first = open(() => {})
  await turns()
  expect(told.splice(0)).toEqual(['up a', 'notice'])
  await first[Symbol.asyncDispose]()
  sender.notify(b, empty)
  const second = open(() => void second[Symbol.asyncDispose]())
  await turns()
  expect(told).toEqual(['up a'])
})

test('a signal is let go of when there is nothing to give up any more', async () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const [one, other] = [hub.join(a), hub.join(b)]
  other.network.open('name', {
    request: async () => empty,
    stream: async (stream) => {
      for await (const _piece of stream) continue
    },
  })
  const { signal } = new AbortController()
  const channel = one.network.open('name', {})
  await channel.request(b, empty, { timeoutMs, signal })
  const stream = await channel.openStream(b, { signal })
  await stream.write(Uint8Array.of(1), { signal })
  await rejection(one.network.open('other', {}).openStream(b, { signal }), 'not-served')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('the hub refuses what makes no sense, and tolerates disconnecting what is not connected', () => {
  const hub = memoryHub({ clock: new ManualClock() })
  hub.join(a)
  expect(() => hub.join(a)).toThrow('node a has joined already')
  expect(() => hub.connect(a, b)).toThrow('no living node is called b')
  expect(() => hub.connect(a, a)).toThrow('node a cannot be connected with itself')
  hub.disconnect(a, b)
  hub.disconnect(b)
  expect(() => memoryHub({ clock: new ManualClock(), limits: { streamsOpenMax: 0 } })).toThrow('streamsOpenMax is 0')
})

test('disconnecting a node from all breaks its connections and no others', () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const nodes = [hub.join(a), hub.join(b), hub.join(c)]
  hub.disconnect(a)
  expect(nodes.map(({ network }) => network.peers())).toEqual([[], [c], [b]])
})

test('nothing reaches the wire, let alone the receiver, inside the call that sends it', async () => {
  let carried = 0
  const wire = directWire()
  const hub = memoryHub({
    clock: new ManualClock(),
    wire: {
      carry(frame, deliver) {
        carried++
        wire.carry(frame, deliver)
      },
    },
  })
  const [one, other] = [hub.join(a), hub.join(b)]
  other.network.open('name', { request: async () => empty })
  const channel = one.network.open('name', {})
  channel.notify(b, empty)
  const request = channel.request(b, empty, { timeoutMs })
  expect(carried).toBe(0)
  await request
  expect(carried).toBe(3)
})

test("a Buffer's bytes are copied too, at both ends", async () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const [one, other] = [hub.join(a), hub.join(b)]
  const got: Uint8Array[] = []
  const answer = Buffer.from('answer')
  other.network.open('name', {
    notice: (_from, payload) => void got.push(payload),
    request: async () => answer,
    stream: async (stream) => {
      got.push(stream.header)
      for await (const piece of stream) got.push(piece)
    },
  })
  const channel = one.network.open('name', {})
  const sent = Buffer.from('notice')
  channel.notify(b, sent)
  const opening = channel.openStream(b, { header: sent })
  sent.fill(0)
  const stream = await opening
  const written = Buffer.from('written')
  await stream.write(written)
  written.fill(0)
  const answered = await channel.request(b, empty, { timeoutMs })
  answer.fill(0)
  await stream.end()
  expect([...got, answered].map((bytes) => Buffer.from(bytes).toString())).toEqual([
    'notice',
    'notice',
    'written',
    'answer',
  ])
})

test('each node may have its own clock; an answered request leaves no timer behind', async () => {
  const clock = new ManualClock()
  const own = new ManualClock()
  const hub = memoryHub({ clock })
  const [one, other] = [hub.join(a, { clock: own }), hub.join(b)]
  other.network.open('name', {
    request: ({ payload }) => (payload.byteLength > 0 ? never() : Promise.resolve(payload)),
  })
  const channel = one.network.open('name', {})
  await channel.request(b, empty, { timeoutMs })
  expect(own.timersWaiting).toBe(0)
  const rejected = rejection(channel.request(b, Uint8Array.of(1), { timeoutMs }), 'deadline-exceeded')
  expect([clock.timersWaiting, own.timersWaiting]).toEqual([0, 1])
  own.advance(timeoutMs)
  expect(await rejected).toBe('b did not answer on "name" within 1000 ms')
})

test('a node that is paused sees connections made and broken when it goes on', async () => {
  const hub = memoryHub({ clock: new ManualClock(), connectOnJoin: false })
  const unseen: (() => void)[] = []
  const [paused, other] = [hub.join(a, { whenRunning: (see) => void unseen.push(see) }), hub.join(b)]
  const told: string[] = []
  paused.network.open('name', { peer: ({ type, peer }) => void told.push(`${type} ${peer}`) })
  hub.connect(a, b)
  expect([paused.network.peers(), other.network.peers()]).toEqual([[], [a]])
  unseen.shift()?.()
  expect(paused.network.peers()).toEqual([b])
  await turns()
  hub.disconnect(a, b)
  hub.connect(a, b)
  await turns()
  expect(told).toEqual(['up b'])
  for (const see of unseen.splice(0)) see()
  await turns()
  expect(told).toEqual(['up b', 'down b', 'up b'])
  hub.disconnect(a, b)
  hub.connect(a, b)
  await paused[Symbol.asyncDispose]()
  for (const see of unseen.splice(0)) see()
  await turns()
  expect([paused.network.peers(), told.length]).toEqual([[], 3])
})
