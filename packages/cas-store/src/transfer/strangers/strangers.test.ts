import { nodeCrypto } from '@flotilla/core/crypto/node'
import { describe, expect, test } from 'vitest'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { ChunkId } from '../../types.ts'
import { digestOf, TransferWorld, type WorldNode } from '../doubles/node-transfer-world.ts'
import { answerWith, StrangePeer } from '../doubles/strange-peer.ts'
import type { IdentifiedBlob } from '../contract.ts'
import type { BatchNumber } from '../wire/messages.ts'

const contentBytes = 60_000

interface Scene extends AsyncDisposable {
  readonly world: TransferWorld
  readonly ann: WorldNode
  readonly bob: WorldNode
  readonly replica: WorldNode
  readonly content: Uint8Array
  readonly blob: IdentifiedBlob
}

/** Two nodes that trust each other, one of which has a blob, and one that keeps what it cannot read. */
async function scene(content: Uint8Array = text(contentBytes)): Promise<Scene> {
  const world = new TransferWorld()
  const [ann, bob] = [await world.node('ann'), await world.node('bob')]
  const replica = await world.node('replica', { isUntrusted: true })
  const blob = await ann.put(content)
  return { world, ann, bob, replica, content, blob, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

/** Content that would be found where it is not hidden. */
function text(length: number): Uint8Array {
  const lines = Array.from({ length: Math.ceil(length / 20) }, (_, line) => `secret line ${line} ....`.slice(0, 20))
  return new TextEncoder().encode(lines.join('').slice(0, length))
}

/** Everything that is on its disk. */
async function diskOf(node: WorldNode): Promise<string> {
  await node[Symbol.asyncDispose]()
  await using disk = node.disk.open()
  const texts: string[] = []
  for (const path of node.disk.paths()) texts.push(new TextDecoder('latin1').decode(await disk.read(path)))
  return texts.join('\n')
}

describe('an untrusted replica', () => {
  test('holds a blob that others can read again, and itself cannot', async () => {
    await using setting = await scene()
    const { world, ann, bob, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    expect(await replica.has(blob)).toBe(true)
    await using source = bob.transfer.source(() => [replica.id])
    expect(await world.outcome(bob.digest(blob, source))).toBe(digestOf(content))
    await world.outcome(bob.transfer.pull(blob, () => [replica.id]))
    expect(await bob.digest(blob)).toBe(digestOf(content))
    expect([bob.lies, ann.lies, replica.lies]).toEqual([[], [], []])
  })

  test('gives a range without the rest', async () => {
    await using setting = await scene()
    const { world, ann, bob, replica, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    await using source = bob.transfer.source(() => [replica.id])
    const chunks = await world.outcome(source.read([{ id: blob.root, kind: 'list', size: blob.size }], {}))
    expect(chunks.length).toBe(1)
    expect([...source.report.bytesByPeer.values()][0]).toBeLessThan(contentBytes / 4)
  })

  test('is brought of a second blob only what it lacks, and of a known one nothing', async () => {
    await using setting = await scene(new TransferWorld().content(contentBytes))
    const { world, ann, bob, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    expect(await world.outcome(ann.transfer.bring(blob, replica.id))).toEqual({ bytesSent: 0, chunksSent: 0 })
    const longer = await bob.put(Uint8Array.from([...content, 1, 2, 3]))
    const report = await world.outcome(bob.transfer.bring(longer, replica.id))
    expect(report.bytesSent).toBeLessThan(contentBytes / 4)
    await using source = ann.transfer.source(() => [replica.id])
    expect(await world.outcome(ann.digest(longer, source))).toBe(await bob.digest(longer))
  })

  test.for([0, 1, 50])('holds a blob of %i bytes', async (length) => {
    await using setting = await scene(text(length))
    const { world, ann, bob, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    await world.outcome(bob.transfer.pull(blob, () => [replica.id]))
    expect(await bob.digest(blob)).toBe(digestOf(content))
  })

  test('has nothing of the content on its disk, and nothing that tells a known file', async () => {
    await using setting = await scene()
    const { world, ann, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    // The row that it has of the blob does not even say how long it is.
    expect((await replica.catalogue.blob(blob.id))?.size).not.toBe(blob.size)
    const disk = await diskOf(replica)
    expect(disk.length).toBeGreaterThan(1_000)
    expect(disk).not.toContain('secret line')
    const digest = nodeCrypto().sha256(content)
    expect(disk).not.toContain(new TextDecoder('latin1').decode(digest))
  })

  test('keeps all of a blob and nothing else through a collection', async () => {
    await using setting = await scene()
    const { world, ann, bob, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    const other = await ann.put(world.content(5_000, 'other'))
    await world.outcome(ann.transfer.bring(other, replica.id))
    await replica.catalogue.commit([{ type: 'remove-blob', id: other.id }])
    const before = (await replica.catalogue.counts()).chunks
    await collect(replica)
    const after = (await replica.catalogue.counts()).chunks
    expect(after).toBeLessThan(before)
    await using source = bob.transfer.source(() => [replica.id])
    expect(await world.outcome(bob.digest(blob, source))).toBe(digestOf(content))
    await using gone = bob.transfer.source(() => [replica.id])
    await expect(world.outcome(bob.digest(other, gone))).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('notices when its disk rots, without a key', async () => {
    await using setting = await scene()
    const { world, ann, replica, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    const damages: unknown[] = []
    const options = { bytesPerSecond: 2 ** 40, onDamage: (damage: unknown) => void damages.push(damage) }
    await world.outcome(replica.vault.scrub(options))
    expect(damages).toEqual([])
    const [place] = await replica.catalogue.places([blob.root])
    const end = (place?.position ?? 0) + (place?.length ?? 0)
    for (const path of replica.disk.paths()) {
      if (path.includes(place?.pack ?? '-')) replica.disk.rot(path, world.prng, { from: end - 60, below: end - 20 })
    }
    await world.outcome(replica.vault.scrub(options))
    expect(damages.length).toBe(1)
  })

  test('gets nothing by asking, though it knows the ids, and can push nothing', async () => {
    await using setting = await scene()
    const { world, ann, replica, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    await using source = replica.transfer.source(() => [ann.id])
    const reading = source.read([{ id: blob.root, kind: 'list', size: blob.size }], {})
    await expect(world.outcome(reading)).rejects.toMatchObject({ code: 'unavailable' })
    const pushing = replica.transfer.bring({ ...blob, id: blob.id }, ann.id)
    await expect(world.outcome(pushing)).rejects.toThrow('may not fetch chunks here')
  })

  test('is left out of broadcasts, which are not sealed', async () => {
    await using setting = await scene()
    const { world, ann, bob, replica } = setting
    const { ends } = await world.outcome(ann.putTo(text(5_000), [bob.id, replica.id]))
    expect(ends.get(bob.id)).toMatchObject({ type: 'durable' })
    const why = expect.stringContaining('must not read anything') as string
    expect(ends.get(replica.id)).toMatchObject({ type: 'failed', why })
    expect(await replica.catalogue.counts()).toMatchObject({ chunks: 0 })
  })

  test('gives nobody more than he has said he can take', async () => {
    await using setting = await scene(new TransferWorld().content(400))
    const { world, ann, replica, blob } = setting
    const long = await ann.put(world.content(5_000))
    for (const each of [blob, long]) await world.outcome(ann.transfer.bring(each, replica.id))
    const asker = new StrangePeer(world, 'asker')
    const frames = await world.outcome(asker.fetch(replica.id))
    for (const [batch, size] of [0, 8_000].entries()) {
      const wanted = [{ id: long.root, size }]
      await frames.send({ type: 'ask', batch: batch as BatchNumber, kind: 'data', wanted }, 5_000)
    }
    // The root of the long one is a list of some 30 entries: more than is granted on top of nothing.
    expect(await world.outcome(frames.next(5_000))).toMatchObject({ lengths: [null] })
    expect(await world.outcome(frames.next(5_000))).toMatchObject({ lengths: [expect.any(Number)] })
  })

  test('that gives one chunk for another, or a changed one, is caught', async () => {
    await using setting = await scene()
    const { world, ann, bob, replica, content, blob } = setting
    await world.outcome(ann.transfer.bring(blob, replica.id))
    const ids: ChunkId[] = []
    await walkBlob(blob, {
      source: ann.vault,
      visit: (chunks) => {
        ids.push(...chunks.map(({ id }) => id))
        return chunks.map(({ id }) => id)
      },
    })
    const opaque = (id: ChunkId): Promise<Uint8Array> =>
      replica.vault.read([{ id, kind: 'data', size: -1 }], {}).then(([bytes]) => bytes as Uint8Array)
    const wrong = await opaque(ids.at(-1) as ChunkId)
    const forger = new StrangePeer(world, 'forger', async (frames, ask) => {
      await answerWith(
        frames,
        ask,
        ask.wanted.map(() => wrong),
      )
    })
    const changer = new StrangePeer(world, 'changer', async (frames, ask) => {
      const bytes = await Promise.all(ask.wanted.map(({ id }) => opaque(id)))
      await answerWith(
        frames,
        ask,
        bytes.map((each) => each.map((byte, at) => (at === 80 ? byte ^ 1 : byte))),
      )
    })
    for (const liar of [forger, changer]) {
      world.untrusted.add(liar.id)
      await using source = bob.transfer.source(() => [liar.id, replica.id])
      expect(await world.outcome(bob.digest(blob, source))).toBe(digestOf(content))
      expect(source.report.leftOut.get(liar.id)).toBe('lying')
    }
    expect(bob.lies.length).toBe(2)
  })
})

/** What a store does now and then. */
async function collect(node: WorldNode): Promise<void> {
  await using collection = await node.vault.collection()
  for (const row of await node.catalogue.blobs({ limit: 100 })) {
    await walkBlob(row, { source: node.vault, visit: (chunks) => collection.mark(chunks.map(({ id }) => id)) })
  }
  await collection.finish({})
}
