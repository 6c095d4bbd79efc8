import { expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { HoldingWire } from './holding-wire.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId

/** A node that subscribes to a topic, what came to it, and how another one publishes a number. */
async function subscribed() {
  const wire = new HoldingWire()
  const hub = memoryHub({ clock: new ManualClock(), wire })
  const [one, other] = [hub.join(a), hub.join(b)]
  const got: number[] = []
  other.network.open('name', {}).subscribe('red', ({ payload }) => void got.push(...payload))
  const channel = one.network.open('name', {})
  await wire.flow()
  const publish = async (...numbers: readonly number[]): Promise<void> => {
    for (const number of numbers) channel.publish('red', Uint8Array.of(number))
    await turns()
  }
  return { wire, hub, got, publish, other, channel }
}

test('a publication that the wire loses is lost, one that it doubles comes once, a late one never', async () => {
  const { wire, got, publish } = await subscribed()
  await publish(1, 2, 3, 4)
  const [, second, third, fourth] = [1, 2, 3, 4].map(() => wire.take('publication'))
  third?.deliver()
  third?.deliver()
  second?.deliver()
  expect(got).toEqual([3])
  fourth?.deliver()
  expect(got).toEqual([3, 4])
})

test('a subscription counts from when the wire delivers it, until it delivers its end', async () => {
  const { wire, got, hub, channel } = await subscribed()
  const c = hub.join('c' as NodeId).network.open('name', {})
  await wire.flow()
  const publish = (): number => channel.publish('blue', Uint8Array.of(7))
  const subscription = c.subscribe('blue', ({ payload }) => void got.push(...payload))
  await turns()
  expect(publish()).toBe(0)
  await wire.flow()
  expect(publish()).toBe(1)
  await wire.flow()
  subscription[Symbol.dispose]()
  await turns()
  expect(publish()).toBe(1)
  expect(wire.caught.map(({ frame }) => `${frame.to} ${frame.kind} ${frame.reliable}`)).toEqual([
    'a unsubscribe true',
    'b unsubscribe true',
  ])
  await wire.flow()
  expect(publish()).toBe(0)
  expect(got).toEqual([7])
})

test('publications of a connection that broke are ignored when the two are connected again', async () => {
  const { wire, hub, got, publish } = await subscribed()
  await publish(1)
  hub.disconnect(a, b)
  hub.connect(a, b)
  await wire.flow()
  expect(got).toEqual([])
  await publish(2)
  await wire.flow()
  expect(got).toEqual([2])
})

test('a crashed node publishes to nobody and takes nothing', async () => {
  const { wire, got, publish, other, channel } = await subscribed()
  await publish(1)
  other.crash()
  await wire.flow()
  expect(got).toEqual([])
  expect(channel.publish('red', new Uint8Array())).toBe(1) // Nobody has noticed.
  const dead = other.network.open('dead', {})
  dead.subscribe('red', () => {})[Symbol.dispose]()
  expect(dead.publish('red', new Uint8Array())).toBe(0)
})
