import { expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import { networkDefaults, type ChannelHandlers } from '../../network/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { outcomeOf, rejection } from '../network-conformance/outcome.ts'
import { never } from '../../network/sessions/index.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId
const timeoutMs = 1_000
const empty = new Uint8Array()

/** A node with everything under way that one can have, and its peer. */
async function busyNode() {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  const told: string[] = []
  const signals: AbortSignal[] = []
  const handlers: ChannelHandlers = {
    peer: ({ type, peer }) => void told.push(`${type} ${peer}`),
    notice: () => void told.push('notice'),
    request: ({ signal }) => new Promise(() => signals.push(signal)),
    stream: async () => {
      told.push('stream')
      await never()
    },
  }
  const [one, other] = [hub.join(a), hub.join(b)]
  const channel = one.network.open('name', handlers)
  const far = other.network.open('name', {
    ...handlers,
    peer: ({ type, peer }) => void told.push(`b: ${type} ${peer}`),
  })
  const stream = await channel.openStream(b)
  const opening = channel.openStream(b)
  await opening
  const pending = [
    channel.request(b, empty, { timeoutMs }),
    stream.write(new Uint8Array(2 * networkDefaults.streamWindowBytes)),
    stream.end(),
    stream[Symbol.asyncIterator]().next(),
  ].map((promise: Promise<unknown>) => outcomeOf(promise))
  const farRequest = far.request(a, empty, { timeoutMs })
  const farOutcome = outcomeOf(farRequest)
  await turns()
  return { clock, hub, told, signals, one, other, channel, stream, pending, far, farRequest, farOutcome }
}

test('of a crashed node nothing settles, aborts or is called any more, and nobody notices at once', async () => {
  const { clock, hub, told, signals, one, other, channel, stream, pending, far, farOutcome } = await busyNode()
  const requestsOfA = signals.length
  one.crash()
  one.crash()
  expect([one.network.peers(), channel.notify(b, empty)]).toEqual([[], false])
  told.length = 0
  far.notify(a, empty)
  await turns()
  expect(other.network.peers()).toEqual([a])
  expect(clock.timersWaiting).toBe(1) // Only the peer's own request has a deadline that still counts.
  clock.advance(999)
  expect(farOutcome.settled).toBe(false)
  clock.advance(1)
  await turns()
  expect(farOutcome.settled).toBe(true)
  hub.disconnect(a)
  await turns()
  expect(told).toEqual(['b: down a'])
  expect(other.network.peers()).toEqual([])
  const late = [
    channel.request(b, empty, { timeoutMs: 0 }),
    channel.openStream(b),
    stream.write(empty),
    stream.end(),
    stream[Symbol.asyncIterator]().next(),
    one.network.open('late', {}).request(b, empty, { timeoutMs }),
  ].map((promise: Promise<unknown>) => outcomeOf(promise))
  stream.reset('a ghost speaks')
  await turns()
  expect([...pending, ...late].map(({ settled }) => settled)).toEqual(Array.from({ length: 10 }, () => false))
  expect(signals).toHaveLength(requestsOfA)
  // The first to come was the request to the node that lives on; the other one's handler died.
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  await stream[Symbol.asyncDispose]()
  await channel[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
  expect(told).toEqual(['b: down a'])
})

test('a node that joins again under its id takes the place of the crashed one', async () => {
  const { hub, told, one, other, farRequest } = await busyNode()
  const rejected = rejection(farRequest, 'peer-unreachable')
  one.crash()
  told.length = 0
  const again = hub.join(a)
  await rejected
  await turns()
  expect(told).toEqual(['b: down a', 'b: up a'])
  expect([again.network.peers(), other.network.peers(), one.network.peers()]).toEqual([[b], [a], []])
})

test('a node that is disposed closes, and its peers see it down at once', async () => {
  const { clock, hub, told, one, other, farRequest, pending } = await busyNode()
  const rejected = rejection(farRequest, 'peer-unreachable')
  told.length = 0
  await one[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
  await rejected
  await turns()
  expect(pending.every(({ settled }) => settled)).toBe(true)
  expect(told).toEqual(['b: down a'])
  expect([one.network.peers(), other.network.peers(), clock.timersWaiting]).toEqual([[], [], 0])
  one.crash()
  hub.join(a)
  expect(other.network.peers()).toEqual([a])
})

test('what was about to be told or reported when a node crashed is not', async () => {
  const failures: unknown[] = []
  const told: string[] = []
  const hub = memoryHub({ clock: new ManualClock(), onHandlerError: ({ error }) => failures.push(error) })
  const [one, other] = [hub.join(a), hub.join(b)]
  const bug = Promise.withResolvers<Uint8Array>()
  one.network.open('name', {
    peer: ({ type, peer }) => void told.push(`${type} ${peer}`),
    request: () => bug.promise,
  })
  const lost = rejection(other.network.open('name', {}).request(a, empty, { timeoutMs }), 'peer-unreachable')
  await turns()
  hub.disconnect(a)
  one.crash()
  bug.reject(new Error('a bug of the dead'))
  await lost
  await turns()
  expect([told, failures]).toEqual([['up b'], []])
})
