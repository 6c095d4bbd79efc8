import { describe, expect, test } from 'vitest'
import { FlotillaError } from '@flotilla/core/errors'
import type { ChunkId, ChunkKind } from '../../types.ts'
import type { IdentifiedBlob } from '../contract.ts'
import { blobIdOf, identified, digestOf, TransferWorld, type WorldNode } from '../doubles/node-transfer-world.ts'
import { StrangePeer, type PushFrames } from '../doubles/strange-peer.ts'
import { encodeList } from '../../tree/list-codec.ts'
import type { BatchNumber, PushReply } from '../wire/messages.ts'

const patienceMs = 5_000

/** A pusher that may say anything, towards an honest node. */
class Scene implements AsyncDisposable {
  readonly world: TransferWorld
  readonly node: WorldNode
  readonly stranger: StrangePeer
  readonly frames: PushFrames
  #batch = 0

  private constructor(world: TransferWorld, node: WorldNode, stranger: StrangePeer, frames: PushFrames) {
    this.world = world
    this.node = node
    this.stranger = stranger
    this.frames = frames
  }

  static async begin(hooks: ConstructorParameters<typeof WorldNode>[2]['hooks'] = {}): Promise<Scene> {
    const world = new TransferWorld({ settings: { servedIdleMs: 10_000 } })
    const node = await world.node('node', { hooks })
    const stranger = new StrangePeer(world, 'stranger')
    return new Scene(world, node, stranger, await stranger.push(node.id))
  }

  async chunks(
    kind: ChunkKind,
    bytes: readonly Uint8Array[],
    ids?: readonly ChunkId[],
  ): Promise<PushReply | undefined> {
    const right = await this.node.workshop.identify(kind, bytes)
    const batch = this.#batch++ as BatchNumber
    const lengths = bytes.map(({ length }) => length)
    await this.frames.send({ type: 'chunks', batch, kind, ids: ids ?? right, lengths }, patienceMs, bytes)
    return this.reply()
  }

  async commit(blob: IdentifiedBlob): Promise<PushReply | undefined> {
    await this.frames.send({ type: 'commit', blob }, patienceMs)
    return this.reply()
  }

  /** How many lies were counted, once there is one. */
  async lies(): Promise<number> {
    await this.world.until(() => this.node.lies.length > 0)
    return this.node.lies.length
  }

  reply(): Promise<PushReply | undefined> {
    return this.world.outcome(this.frames.next(patienceMs))
  }

  async idOf(kind: ChunkKind, bytes: Uint8Array): Promise<ChunkId> {
    const [id] = await this.node.workshop.identify(kind, [bytes])
    return id as ChunkId
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.frames[Symbol.asyncDispose]()
    await this.world[Symbol.asyncDispose]()
  }
}

const one = new Uint8Array(100).fill(1)
const two = new Uint8Array(100).fill(2)

describe('a pusher', () => {
  test('that is honest has its blob kept', async () => {
    await using scene = await Scene.begin()
    expect(await scene.chunks('data', [one])).toMatchObject({ type: 'taken' })
    const blob = identified({ size: 100, depth: 0, root: await scene.idOf('data', one) })
    expect(await scene.commit(blob)).toEqual({ type: 'durable' })
    expect(await scene.node.digest(blob)).toBe(digestOf(one))
    expect(scene.node.arrived).toEqual([`stranger ${blob.id}`])
  })

  test('may push several blobs on one stream', async () => {
    await using scene = await Scene.begin()
    for (const bytes of [one, two]) {
      await scene.chunks('data', [bytes])
      const blob = identified({ size: 100, depth: 0, root: await scene.idOf('data', bytes) })
      expect(await scene.commit(blob)).toEqual({ type: 'durable' })
    }
    expect(scene.node.arrived.length).toBe(2)
  })

  test('that sends other bytes than it says is refused and counted', async () => {
    await using scene = await Scene.begin()
    const reply = await scene.chunks('data', [one, two], [await scene.idOf('data', one), await scene.idOf('data', one)])
    expect(reply).toMatchObject({ type: 'refused', code: 'wrong-chunk' })
    expect(await scene.node.catalogue.counts()).toMatchObject({ chunks: 0 })
    expect(await scene.lies()).toBe(1)
  })

  test('that commits what is not there is refused', async () => {
    await using scene = await Scene.begin()
    await scene.chunks('data', [one])
    const list = encodeList({
      depth: 1,
      entries: [
        { id: await scene.idOf('data', one), size: 100 },
        { id: await scene.idOf('data', two), size: 100 },
      ],
    })
    await scene.chunks('list', [list])
    const blob = identified({ size: 200, depth: 1, root: await scene.idOf('list', list) })
    expect(await scene.commit(blob)).toMatchObject({ type: 'refused', code: 'refused' })
    expect(await scene.node.has(blob)).toBe(false)
    expect(scene.node.arrived).toEqual([])
  })

  test('that commits a root of another size is refused', async () => {
    await using scene = await Scene.begin()
    await scene.chunks('data', [one])
    const blob = identified({ size: 99, depth: 0, root: await scene.idOf('data', one) })
    expect(await scene.commit(blob)).toMatchObject({ type: 'refused', code: 'corrupt' })
    expect(await scene.node.has(blob)).toBe(false)
  })

  test('that commits lists that do not fit together is refused', async () => {
    await using scene = await Scene.begin()
    await scene.chunks('data', [one])
    const list = encodeList({ depth: 1, entries: [{ id: await scene.idOf('data', one), size: 100 }] })
    await scene.chunks('list', [list])
    const blob = identified({ size: 300, depth: 1, root: await scene.idOf('list', list) })
    expect(await scene.commit(blob)).toMatchObject({ type: 'refused', code: 'corrupt' })
  })

  test('that commits under another id is refused and counted', async () => {
    await using scene = await Scene.begin()
    await scene.chunks('data', [one])
    const root = await scene.idOf('data', one)
    const id = blobIdOf({ size: 101, depth: 0, root })
    expect(await scene.commit({ id, size: 100, depth: 0, root })).toMatchObject({
      type: 'refused',
      code: 'wrong-answer',
    })
    expect(await scene.lies()).toBe(1)
  })

  test('that passes content off as a list gains nothing', async () => {
    await using scene = await Scene.begin()
    const list = encodeList({ depth: 1, entries: [{ id: await scene.idOf('data', one), size: 100 }] })
    await scene.chunks('data', [one, list])
    const blob = identified({ size: 100, depth: 1, root: await scene.idOf('data', list) })
    expect(await scene.commit(blob)).toMatchObject({ type: 'refused' })
    expect(await scene.node.has(blob)).toBe(false)
  })

  test('that sends more than there may be at once is refused before it is read', async () => {
    await using scene = await Scene.begin()
    const ids = [await scene.idOf('data', one)]
    await scene.frames.send(
      { type: 'chunks', batch: 0 as BatchNumber, kind: 'data', ids, lengths: [2 ** 30] },
      patienceMs,
    )
    expect(await scene.reply()).toMatchObject({ type: 'refused', code: 'too-large' })
    expect(await scene.lies()).toBe(1)
  })

  test('that falls silent loses its stream, and what it held is let go of', async () => {
    await using scene = await Scene.begin()
    await scene.chunks('data', [one])
    await expect(scene.world.outcome(scene.frames.next(1_000_000))).rejects.toThrow('did not go on sending')
    // Nothing relies upon the chunk any more, which was never committed.
    await scene.node.transfer[Symbol.asyncDispose]()
    expect(await scene.node.catalogue.counts()).toMatchObject({ chunks: 0 })
  })

  test('is told when the blob is not wanted, and nothing of it is kept', async () => {
    await using scene = await Scene.begin({
      beforeCommit: () => Promise.reject(new FlotillaError('deleted', 'that blob was deleted')),
    })
    await scene.chunks('data', [one])
    const blob = identified({ size: 100, depth: 0, root: await scene.idOf('data', one) })
    expect(await scene.commit(blob)).toMatchObject({ type: 'refused', code: 'deleted', why: 'that blob was deleted' })
    expect(await scene.node.has(blob)).toBe(false)
  })

  test('gets its changes committed with the blob', async () => {
    await using scene = await Scene.begin({
      beforeCommit: async ({ id }) => [{ type: 'set-name', name: { name: 'one', blob: id, atMs: 5 } }],
    })
    await scene.chunks('data', [one])
    const blob = identified({ size: 100, depth: 0, root: await scene.idOf('data', one) })
    await scene.commit(blob)
    expect(await scene.node.catalogue.name('one')).toMatchObject({ blob: blob.id })
  })
})
