import type { NodeId } from '@flotilla/core/ids'
import { RecordingMetrics } from '@flotilla/core/testing'
import type { WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { zstdCompression } from './node-zstd.ts'
import { memoryFacts } from './testing/memory-facts.ts'
import { MemoryMesh } from './testing/memory-mesh.ts'

const [a, b] = ['a', 'b'] as NodeId[] as [NodeId, NodeId]
const timeoutMs = 60_000
const echo = { request: async ({ payload }: { readonly payload: Uint8Array }) => payload }

test('two nodes that dial each other at once are connected once', async () => {
  const mesh = new MemoryMesh({ delayMs: [0, 30] })
  const [one, other] = [await mesh.node('a'), await mesh.node('b')]
  mesh.target(one, 'b')
  mesh.target(other, 'a')
  await mesh.pass(2_000)
  expect([one.network.peers(), other.network.peers()]).toEqual([[b], [a]])
  expect(one.figures().peers).toMatchObject([{ id: 'b', dialledHere: true, partitionSuspected: false }])
  await mesh.close(one, other)
  expect(mesh.clock.timersWaiting).toBe(0)
})

test('a half-open connection is suspected, dies, and is made again after the cut', async () => {
  const mesh = new MemoryMesh()
  const [one, other] = [await mesh.node('a'), await mesh.node('b')]
  mesh.target(one, 'b')
  await mesh.settle()
  mesh.world.cut(a, b)
  mesh.world.cut(b, a)
  await mesh.pass(4_000)
  expect(one.figures().peers).toMatchObject([{ partitionSuspected: true }])
  await mesh.pass(9_000)
  expect([one.network.peers(), other.network.peers()]).toEqual([[], []])
  mesh.world.heal(a, b)
  mesh.world.heal(b, a)
  await mesh.pass(31_000)
  expect([one.network.peers(), other.network.peers()]).toEqual([[b], [a]])
  await mesh.close(one, other)
})

test('a peer that was started anew replaces its old connection at once', async () => {
  const mesh = new MemoryMesh()
  const one = await mesh.node('a')
  const process = mesh.process('b')
  const former = await mesh.node('b', {}, process)
  mesh.target(former, 'a')
  await mesh.settle()
  const told: string[] = []
  one.network.open('watch', { peer: ({ type }) => void told.push(type) })
  mesh.world.kill(process, { silently: true })
  const anew = await mesh.node('b')
  mesh.target(anew, 'a')
  await mesh.settle()
  expect(told).toEqual(['up', 'down', 'up'])
  const asked = anew.network.open('none', {}).request(a, new Uint8Array(), { timeoutMs })
  await expect(Promise.all([asked, mesh.settle()])).rejects.toMatchObject({ code: 'not-served' })
  await mesh.close(one, anew)
})

test('what was answered before closing still arrives, and the goodbye says why', async () => {
  const mesh = new MemoryMesh({ socketBufferBytes: 1_000, bytesPerMs: 1_000, delayMs: [1, 1] })
  const [one, other] = [await mesh.node('a'), await mesh.node('b')]
  const notices: Uint8Array[] = []
  other.network.open('late', { notice: (_from, payload) => void notices.push(payload) })
  mesh.target(one, 'b')
  await mesh.pass(100)
  const channel = one.network.open('late', {})
  for (let count = 0; count < 5; count++) channel.notify(b, new Uint8Array(100_000))
  await mesh.close(one)
  expect(notices.map(({ byteLength }) => byteLength)).toEqual([100_000, 100_000, 100_000, 100_000, 100_000])
  expect(other.network.peers()).toEqual([])
  await mesh.close(other)
})

test('closing takes no longer than drainMsMax, also when the far side is gone', async () => {
  const mesh = new MemoryMesh()
  const [one, other] = [await mesh.node('a'), await mesh.node('b')]
  mesh.target(one, 'b', 'nobody')
  mesh.world.dialFate = (_from, { host }) => (host === 'nobody' ? 'unanswered' : 'answered')
  await mesh.settle()
  mesh.world.cut(a, b)
  let closed = false
  const closing = one[Symbol.asyncDispose]().then(() => (closed = true))
  await mesh.pass(1_900)
  expect(closed).toBe(false)
  await mesh.pass(200)
  expect(closed).toBe(true)
  await closing
  await mesh.close(other)
})

describe('whom it does not take', () => {
  test('a ban cuts, keeps out, ends by itself, and may be lifted', async () => {
    const mesh = new MemoryMesh()
    const [one, other] = [await mesh.node('a'), await mesh.node('b')]
    mesh.target(other, 'a')
    await mesh.settle()
    one.ban(b, { reason: 'it lies', durationMs: 5_000 })
    await mesh.pass(4_900)
    expect([one.network.peers(), other.network.peers()]).toEqual([[], []])
    expect(one.bans()).toMatchObject([{ peer: 'b', reason: 'it lies' }])
    expect(one.figures().refusals['banned']).toBeGreaterThan(0)
    await mesh.pass(40_000)
    expect(one.network.peers()).toEqual([b])
    one.ban(b, { reason: 'again', durationMs: 1_000_000 })
    one.unban(b)
    await mesh.pass(40_000)
    expect([one.network.peers(), one.bans()]).toEqual([[b], []])
    await mesh.close(one, other)
  })

  test('who is not admitted any more is cut by a recheck, and refused from then on', async () => {
    const mesh = new MemoryMesh()
    const revoked = new Set<NodeId>()
    const one = await mesh.node('a', { admission: ({ id }) => (revoked.has(id) ? 'revoked' : undefined) })
    const [other, third] = [await mesh.node('b'), await mesh.node('c')]
    mesh.target(other, 'a')
    mesh.target(one, 'c')
    await mesh.settle()
    revoked.add(b)
    one.recheck()
    expect(one.network.peers()).toEqual(['c'])
    await mesh.pass(5_000)
    expect([one.network.peers(), other.network.peers()]).toEqual([['c'], []])
    expect(one.figures().refusals['not-admitted']).toBeGreaterThan(0)
    await mesh.close(one, other, third)
  })

  test('whose certificate expires is cut, and comes back with a new one', async () => {
    const mesh = new MemoryMesh()
    const notAfter = (mesh.clock.wallNow() + 60_000) as WallMillis
    const process = { ...mesh.process('b'), facts: memoryFacts(b, { notAfter }) }
    const [one, other] = [await mesh.node('a'), await mesh.node('b', {}, process)]
    mesh.target(one, 'b')
    await mesh.pass(59_000)
    expect(one.network.peers()).toEqual([b])
    process.facts = memoryFacts(b)
    const told: string[] = []
    one.network.open('watch', { peer: ({ type }) => void told.push(type) })
    await mesh.pass(5_000)
    expect(told).toEqual(['up', 'down', 'up'])
    await mesh.close(one, other)
  })

  test('a thousand dials from one address at once hold no more than the limits say, and harm nobody', async () => {
    const mesh = new MemoryMesh()
    const limits = { pendingIncomingMax: 8, incomingPerAddressBurst: 20, incomingPerAddressPerSecond: 1 }
    const [one, other] = [await mesh.node('a', { limits }), await mesh.node('b')]
    const process = mesh.process('mallory')
    const links = mesh.world.links(process)
    const { signal } = new AbortController()
    for (let count = 0; count < 1_000; count++) void links.dial(mesh.addressOf('a'), { signal })
    await mesh.settle()
    expect(one.figures().refusals['limit']).toBe(992)
    await mesh.pass(6_000)
    mesh.target(other, 'a')
    await mesh.pass(1_000)
    expect(one.network.peers()).toEqual([b])
    await mesh.close(one, other)
  })

  test('ourselves', async () => {
    const mesh = new MemoryMesh()
    const one = await mesh.node('a')
    one.setTargets([{ id: undefined, addresses: [mesh.addressOf('a')] }])
    await mesh.pass(20_000)
    expect([one.network.peers(), one.figures().peers]).toEqual([[], []])
    await mesh.close(one)
  })
})

test('messages are compressed where both ends can, and only there', async () => {
  const text = new TextEncoder().encode('all work and no play '.repeat(500))
  const bytesOut = async (ofOther: boolean): Promise<number> => {
    const mesh = new MemoryMesh()
    const one = await mesh.node('a', { compression: zstdCompression() })
    const other = await mesh.node('b', ofOther ? { compression: zstdCompression() } : {})
    other.network.open('echo', echo)
    mesh.target(one, 'b')
    await mesh.settle()
    const asked = one.network.open('echo', {}).request(b, text, { timeoutMs })
    await mesh.settle()
    expect(await asked).toEqual(text)
    const [figures] = one.figures().peers
    await mesh.close(one, other)
    return figures?.bytesOut ?? 0
  }
  expect(await bytesOut(true)).toBeLessThan(1_000)
  expect(await bytesOut(false)).toBeGreaterThan(10_000)
})

test('a peer that takes less is not sent more: its caller hears so, and the connection stays', async () => {
  const mesh = new MemoryMesh()
  const [one, other] = [
    await mesh.node('a'),
    await mesh.node('b', { networkLimits: { messageBytesMax: 2_000, channelNameLengthMax: 8, topicNameLengthMax: 8 } }),
  ]
  other.network.open('echo', echo)
  mesh.target(one, 'b')
  await mesh.settle()
  const channel = one.network.open('echo', {})
  const failing = async (asked: Promise<unknown>): Promise<unknown> => {
    const code = asked.then(
      () => 'answered',
      (error: unknown) => (error as { readonly code: string }).code,
    )
    await mesh.settle()
    return code
  }
  expect(await failing(channel.request(b, new Uint8Array(2_001), { timeoutMs }))).toBe('too-large')
  expect(await failing(one.network.open('long-name', {}).request(b, new Uint8Array(), { timeoutMs }))).toBe(
    'not-served',
  )
  expect(await failing(one.network.open('longer-name', {}).openStream(b))).toBe('not-served')
  expect(channel.notify(b, new Uint8Array(2_001))).toBe(true)
  expect(await failing(channel.request(b, new Uint8Array(2_000), { timeoutMs }))).toBe('answered')
  expect(one.network.peers()).toEqual([b])
  await mesh.close(one, other)
})

test('figures and metrics say what went on, without ids in labels', async () => {
  const mesh = new MemoryMesh({ delayMs: [2, 2] })
  const metrics = new RecordingMetrics()
  const [one, other] = [await mesh.node('a', { metrics }), await mesh.node('b')]
  other.network.open('echo', echo)
  mesh.target(one, 'b')
  await mesh.pass(500)
  const asked = one.network.open('echo', {}).request(b, new Uint8Array(100), { timeoutMs })
  await mesh.pass(3_000)
  await asked
  const [peer] = one.figures().peers
  expect(peer).toMatchObject({ id: 'b', name: 'b', role: 'node', messagesOut: 1, messagesIn: 1, queuedBytes: 0 })
  expect(peer?.roundTripMs).toBeGreaterThanOrEqual(4)
  expect(peer?.bytesOut).toBeGreaterThan(100)
  expect(metrics.value('flotilla_transport_peers', {})).toBe(1)
  expect(metrics.value('flotilla_transport_connections_total', { dialled: 'here' })).toBe(1)
  expect(metrics.value('flotilla_transport_messages_total', { direction: 'out' })).toBe(1)
  await mesh.close(one, other)
})

test('what only one end has lost the other end learns of when it is made anew, whoever dials', async () => {
  for (const [lost, kept] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const dialler of [a, b]) {
      const mesh = new MemoryMesh()
      const [one, other] = [await mesh.node('a'), await mesh.node('b')]
      const [from, to] = dialler === a ? [one, 'b'] : [other, 'a']
      mesh.target(from, to)
      await mesh.settle()
      mesh.target(lost === a ? one : other, kept)
      mesh.world.halfOpen(lost, kept)
      await mesh.pass(6_000)
      const asked = one.network.open('none', {}).request(b, new Uint8Array(), { timeoutMs })
      await expect(Promise.all([asked, mesh.settle()])).rejects.toMatchObject({ code: 'not-served' })
      await mesh.close(one, other)
    }
  }
})
