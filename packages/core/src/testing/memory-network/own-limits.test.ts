import { expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import type { ByteStream } from '../../network/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { outcomeOf } from '../network-conformance/outcome.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId
const timeoutMs = 1_000
const empty = new Uint8Array()

test('where two nodes keep to different limits, the stricter one is heard', async () => {
  const hub = memoryHub({ clock: new ManualClock() })
  const strict = { messageBytesMax: 1_024, requestsInFlightMax: 1, streamHeaderBytesMax: 0, streamWindowBytes: 1_024 }
  const [one, other] = [hub.join(a), hub.join(b, { limits: strict })]
  expect([one.network.limits.messageBytesMax, other.network.limits.messageBytesMax]).toEqual([10 * 2 ** 20, 1_024])
  const got: number[] = []
  const streams: ByteStream[] = []
  other.network.open('name', {
    notice: (_from, payload) => void got.push(payload.byteLength),
    request: () => new Promise(() => {}),
    stream: async (stream) => {
      streams.push(stream)
      await new Promise(() => {})
    },
  })
  const channel = one.network.open('name', {})
  expect(channel.notify(b, new Uint8Array(1_025))).toBe(true)
  expect(channel.notify(b, new Uint8Array(1_024))).toBe(true)
  await expect(channel.request(b, new Uint8Array(1_025), { timeoutMs })).rejects.toMatchObject({ code: 'too-large' })
  expect(got).toEqual([1_024])
  void channel.request(b, empty, { timeoutMs })
  await expect(channel.request(b, empty, { timeoutMs })).rejects.toMatchObject({ code: 'overloaded' })
  await expect(channel.openStream(b, { header: Uint8Array.of(1) })).rejects.toMatchObject({ code: 'too-large' })
  const stream = await channel.openStream(b)
  await stream.write(new Uint8Array(1_024))
  const write = outcomeOf(stream.write(Uint8Array.of(1)))
  await turns()
  expect(write.settled).toBe(false)
  await (streams[0] as ByteStream).write(new Uint8Array(256 * 2 ** 10))
})

test('answers that find no room fail with overloaded, and free it', async () => {
  const limits = { messageBytesMax: 1_024, messageBytesHeldMax: 2_048 }
  const hub = memoryHub({ clock: new ManualClock(), limits })
  const [one, other] = [hub.join(a), hub.join(b)]
  const answers: (() => void)[] = []
  other.network.open('name', {
    request: () => new Promise((resolve) => answers.push(() => resolve(new Uint8Array(1_024)))),
  })
  const channel = one.network.open('name', {})
  const ask = async (): Promise<readonly unknown[]> => {
    const asked = [1, 2, 3].map(() => channel.request(b, empty, { timeoutMs }))
    await turns()
    for (const answer of answers.splice(0)) answer()
    const settled = await Promise.allSettled(asked)
    return settled.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'ok'))
  }
  expect(await ask()).toEqual(['ok', 'ok', 'overloaded'])
  expect(await ask()).toEqual(['ok', 'ok', 'overloaded'])
})

test('requests whose bytes find no room at the far side fail with overloaded', async () => {
  const hub = memoryHub({ clock: new ManualClock(), limits: { messageBytesMax: 1_024 } })
  const [one, other] = [hub.join(a), hub.join(b, { limits: { messageBytesHeldMax: 2_048, requestsInFlightMax: 3 } })]
  other.network.open('name', { request: () => new Promise(() => {}) })
  const channel = one.network.open('name', {})
  const asked = [1, 2].map(() => outcomeOf(channel.request(b, new Uint8Array(1_024), { timeoutMs })))
  for (const _each of [1, 2, 3]) {
    await expect(channel.request(b, Uint8Array.of(1), { timeoutMs })).rejects.toThrow('messageBytesHeldMax is 2048')
  }
  expect(asked.map(({ settled }) => settled)).toEqual([false, false])
})
