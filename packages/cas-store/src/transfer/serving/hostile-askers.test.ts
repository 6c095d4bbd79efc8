import type { DiskPath } from '@flotilla/core/disk'
import { describe, expect, test } from 'vitest'
import { TransferWorld, type WorldNode } from '../doubles/node-transfer-world.ts'
import { StrangePeer } from '../doubles/strange-peer.ts'
import type { TransferSettings } from '../limits.ts'
import type { IdentifiedBlob } from '../contract.ts'
import { encodeHeader } from '../wire/codec.ts'
import type { BatchNumber, ChunkAsk } from '../wire/messages.ts'

const patienceMs = 5_000
const never = new Promise<never>(() => {})

interface Scene extends AsyncDisposable {
  readonly world: TransferWorld
  readonly node: WorldNode
  readonly stranger: StrangePeer
  /** One chunk. */
  readonly blob: IdentifiedBlob
  readonly content: Uint8Array
}

async function scene(settings: Partial<TransferSettings> = {}): Promise<Scene> {
  const world = new TransferWorld({ settings: { servedIdleMs: 10_000, ...settings } })
  const node = await world.node('node')
  const content = world.content(60)
  const blob = await node.put(content)
  const stranger = new StrangePeer(world, 'stranger')
  return { world, node, stranger, blob, content, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

function ask(blob: IdentifiedBlob, change: Partial<ChunkAsk> = {}): ChunkAsk {
  return { type: 'ask', batch: 0 as BatchNumber, kind: 'data', wanted: [{ id: blob.root, size: blob.size }], ...change }
}

describe('a node that serves chunks', () => {
  test('gives those that it has, of that kind and size, and says which it has not', async () => {
    await using setting = await scene()
    const { world, node, stranger, blob, content } = setting
    const frames = await world.outcome(stranger.fetch(node.id))
    const other = { id: 'e'.repeat(64) as typeof blob.root, size: 7 }
    const [right, wrongSize] = [
      { id: blob.root, size: 60 },
      { id: blob.root, size: 61 },
    ]
    await frames.send(ask(blob, { wanted: [other, right, wrongSize, right] }), patienceMs)
    expect(await world.outcome(frames.next(patienceMs))).toMatchObject({ lengths: [null, 60, null, 60] })
    const bytes = new Uint8Array(120)
    await world.outcome(frames.readInto(bytes, patienceMs))
    expect([...bytes]).toEqual([...content, ...content])
    await frames.send(ask(blob, { kind: 'list', batch: 1 as BatchNumber }), patienceMs)
    expect(await world.outcome(frames.next(patienceMs))).toMatchObject({ lengths: [null] })
  })

  test('says that a damaged chunk is missing, and gives the others', async () => {
    await using setting = await scene()
    const { world, node, stranger, blob } = setting
    const second = await node.put(world.content(50, 'second'))
    const [place] = await node.catalogue.places([blob.root])
    const pack = node.disk.paths().find((path) => path.includes(place?.pack ?? '-')) ?? ('none' as DiskPath)
    const end = (place?.position ?? 0) + (place?.length ?? 0)
    node.disk.rot(pack, world.prng, { from: end - 20, below: end })
    const frames = await world.outcome(stranger.fetch(node.id))
    const wanted = [blob, second].map(({ root, size }) => ({ id: root, size }))
    await frames.send(ask(blob, { wanted }), patienceMs)
    expect(await world.outcome(frames.next(patienceMs))).toMatchObject({ lengths: [null, 50] })
  })

  test.for<readonly [string, (blob: IdentifiedBlob) => Partial<ChunkAsk>]>([
    ['nothing', () => ({ wanted: [] })],
    ['too many chunks', ({ root }) => ({ wanted: Array.from({ length: 1_025 }, () => ({ id: root, size: 1 })) })],
    ['too many bytes', ({ root }) => ({ wanted: Array.from({ length: 20 }, () => ({ id: root, size: 8_000 })) })],
    ['too many lists', ({ root }) => ({ kind: 'list', wanted: [root, root].map((id) => ({ id, size: 1 })) })],
  ])('resets the stream of who asks for %s at once, and counts it', async ([, change]) => {
    await using setting = await scene()
    const { world, node, stranger, blob } = setting
    const frames = await world.outcome(stranger.fetch(node.id))
    await frames.send(ask(blob, change(blob)), patienceMs)
    await expect(world.outcome(frames.next(patienceMs))).rejects.toMatchObject({ code: 'stream-reset' })
    expect(node.lies.length).toBe(1)
  })

  test.for<readonly [string, Uint8Array]>([
    ['nonsense', Uint8Array.of(0, 0, 0, 3, 1, 2, 3)],
    ['a message without end', new Uint8Array(8).fill(255)],
  ])('resets the stream of who sends %s', async ([, bytes]) => {
    await using setting = await scene()
    const { world, node, stranger } = setting
    for (const header of [Uint8Array.of(1, 2, 3), undefined]) {
      const stream = await world.outcome(stranger.open(node.id, header ?? encodeHeader('fetch')))
      stream.write(bytes).catch(() => {})
      await expect(world.outcome(stream[Symbol.asyncIterator]().next())).rejects.toMatchObject({ code: 'stream-reset' })
    }
    expect(node.lies.length).toBe(2)
  })

  test('gives up who does not ask, or does not read', async () => {
    const limits = { streamWindowBytes: 1_024 }
    await using world = new TransferWorld({ settings: { servedIdleMs: 10_000 }, limits })
    const node = await world.node('node')
    const blob = await node.put(world.content(500))
    const stranger = new StrangePeer(world, 'stranger')
    const idle = await world.outcome(stranger.fetch(node.id))
    await expect(world.outcome(idle.next(1_000_000))).rejects.toThrow('did not go on sending')
    const deaf = await world.outcome(stranger.fetch(node.id))
    const root = { id: blob.root, size: blob.size }
    const kind = blob.depth === 0 ? ('data' as const) : ('list' as const)
    for (let batch = 0; batch < 30; batch++) {
      deaf.send(ask(blob, { kind, batch: batch as BatchNumber, wanted: [root] }), 1_000_000).catch(() => {})
    }
    await world.until(() => world.clock.nextWakeAt === undefined || world.clock.now() > 100_000)
    await expect(world.outcome(deaf.readInto(new Uint8Array(100_000), 1_000_000))).rejects.toThrow('reading')
  })

  test('serves no more streams at once than it is set to', async () => {
    await using setting = await scene({ servedStreamsPerPeerMax: 2, servedStreamsMax: 3 })
    const { world, node, stranger } = setting
    const other = new StrangePeer(world, 'other')
    const openers = [stranger, stranger, stranger, other, other]
    const streams = await world.outcome(Promise.all(openers.map((opener) => opener.fetch(node.id))))
    for (const index of [2, 4]) {
      await expect(world.outcome(streams[index]?.next(1_000) ?? never)).rejects.toThrow('too many')
    }
    await streams[0]?.[Symbol.asyncDispose]()
    await world.until(() => true)
    const again = await world.outcome(stranger.fetch(node.id))
    await again.send(ask(setting.blob), patienceMs)
    expect(await world.outcome(again.next(patienceMs))).toMatchObject({ type: 'answer' })
  })

  test('keeps to its rate, for all peers together', async () => {
    await using world = new TransferWorld({ settings: { servedBytesPerSecond: 10_000 } })
    const [node, reader] = [await world.node('node'), await world.node('reader')]
    const blob = await node.put(world.content(50_000))
    const begun = world.clock.now()
    await using source = reader.transfer.source(() => [node.id])
    await world.outcome(reader.digest(blob, source))
    expect(world.clock.now() - begun).toBeGreaterThan(4_500)
  })
})
