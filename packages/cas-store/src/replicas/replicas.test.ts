/** Untrusted replicas among nodes that trust each other. */
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { HostilePeer } from '../replication/doubles/node-hostile-peer.ts'
import { bytesOf, MeshWorld, type MeshNode } from '../replication/doubles/node-mesh-world.ts'
import type { FeedAnswer } from '../replication/feed/messages.ts'
import type { BlobId } from '../types.ts'
import { opaqueStore } from './opaque-store.ts'
import { ReplicaUpkeep } from './replica-upkeep.ts'

const text = 'a line that nobody else may read. '
const content = new TextEncoder().encode(text.repeat(300))

interface Scene {
  readonly ann: MeshNode
  readonly bob: MeshNode
  readonly eve: MeshNode
  readonly id: BlobId
}

/** Ann and Bob have a blob, and Eve has been brought what she cannot read. */
async function scene(world: MeshWorld): Promise<Scene> {
  const [ann, bob] = [await world.add('ann'), await world.add('bob')]
  const eve = await world.add('eve', { isUntrusted: true })
  await world.pass(1_500)
  const { id } = await world.outcome(ann.store.put(content, { name: 'plans' }))
  await world.until('the replica has it', () => hasIt(eve, id))
  return { ann, bob, eve, id }
}

const hasIt = async ({ catalogue }: MeshNode, id: BlobId): Promise<boolean> => (await catalogue.blob(id)) !== undefined
const knowsCopyAt =
  (one: MeshNode, other: MeshNode, id: BlobId): (() => Promise<boolean>) =>
  async () =>
    (await one.catalogue.sharesOf(id)).includes(other.id)

/** Forgets every chunk here, as if the disk had lost them. */
async function loseChunks({ catalogue }: MeshNode): Promise<void> {
  for (const { pack } of await catalogue.packs()) {
    const rows = await catalogue.chunksOf(pack, { limit: 10_000 })
    await catalogue.commit([{ type: 'drop-chunks', chunks: rows.map(({ id, place }) => ({ id, place })) }])
  }
}

describe('an untrusted replica', () => {
  test('is no copy that counts, is told of by all, and is what is left when all others have lost theirs', async () => {
    await using world = new MeshWorld()
    const { ann, bob, eve, id } = await scene(world)
    for (const one of [ann, bob]) await world.until('they know of the copy', knowsCopyAt(one, eve, id))
    expect(await world.outcome(ann.store.status())).toMatchObject({ blobsShort: 0, blobsOutOfReach: [] })
    expect(await eve.catalogue.namesOf(id)).toEqual([])
    for (const one of [ann, bob]) await loseChunks(one)
    expect(await world.outcome(bob.store.get('plans').then(bytesOf))).toEqual(content)
    expect((await ann.catalogue.counts()).chunks).toBe(0)
    expect((await world.outcome(ann.store.check())).blobsHurt).toEqual([])
    await world.stop(eve)
    expect(await world.outcome(ann.store.get('plans').then(bytesOf))).toEqual(content)
  })

  test('that asks for chunks as they are, or for anything to be said, is refused', async () => {
    await using world = new MeshWorld()
    const { ann, eve, id } = await scene(world)
    const row = await ann.catalogue.blob(id)
    if (row === undefined || eve.transfer === undefined) throw new Error('it is there')
    // She has learnt what the root is called.
    await using source = eve.transfer.source(() => [ann.id])
    const wanted = [{ id: row.root, kind: 'list', size: row.size }] as const
    await expect(world.outcome(source.read(wanted, {}))).rejects.toMatchObject({ code: 'unavailable' })
    const other = await world.outcome(ann.store.put(new Prng(2).bytes(3_000)))
    const lacked = await ann.catalogue.blob(other.id)
    if (lacked === undefined) throw new Error('it is there')
    const pulling = eve.transfer.pull(lacked, () => [ann.id])
    await expect(world.outcome(pulling)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(world.outcome(eve.transfer.bring(row, ann.id))).rejects.toThrow('may not fetch chunks here')
    const doings = [eve.store.put(content), eve.store.delete(id), eve.store.name('mine', id), eve.store.pin(id)]
    for (const doing of await Promise.allSettled(doings)) {
      expect(doing).toMatchObject({ status: 'rejected', reason: { code: 'wrong-request' } })
    }
  })

  test('forgets what was deleted, while it was away too, and holds no tombstone up for ever', async () => {
    await using world = new MeshWorld()
    const { ann, bob, eve, id } = await scene(world)
    await world.stop(eve)
    await world.outcome(ann.store.delete('plans'))
    await world.pass(6_000)
    // She has to hear of it.
    expect((await world.outcome(ann.store.status())).tombstones).toBeGreaterThan(0)
    await world.start(eve)
    await world.until('it is forgotten there', async () => !(await hasIt(eve, id)))
    await world.outcome(bob.store.put(new Prng(1).bytes(100)))
    const tombstones = async (): Promise<number> => (await ann.store.status()).tombstones
    await world.until('the tombstones are gone', async () => (await world.outcome(tombstones())) === 0)
  })

  test('whose disk loses something says so when it is checked, and is brought it again', async () => {
    await using world = new MeshWorld()
    const { ann, eve, id } = await scene(world)
    await world.until('ann knows of the copy', knowsCopyAt(ann, eve, id))
    const { disk, local, logger } = eve
    if (local === undefined) throw new Error('it runs')
    await using upkeep = new ReplicaUpkeep({ local, clock: world.clock, logger })
    expect(await world.outcome(upkeep.check())).toMatchObject({ damaged: 0, blobsHurt: [] })
    for (const path of disk.paths().filter((each) => each.endsWith('.pack'))) disk.rot(path, world.random)
    const report = await world.outcome(upkeep.check())
    expect([report.damaged > 0 || report.missing > 0, report.blobsHurt]).toEqual([true, [id]])
    expect(await hasIt(eve, id)).toBe(false)
    await world.until('it is there again', () => hasIt(eve, id))
    expect(await world.outcome(upkeep.check())).toMatchObject({ damaged: 0, blobsHurt: [] })
  })

  test('collects what was deleted by itself', async () => {
    await using world = new MeshWorld()
    const { ann, eve, id } = await scene(world)
    const { local, logger } = eve
    if (local === undefined) throw new Error('it runs')
    await using _upkeep = new ReplicaUpkeep({ local, clock: world.clock, logger, limits: { collectEveryMs: 5_000 } })
    await world.outcome(ann.store.delete('plans'))
    await world.until('it is forgotten there', async () => !(await hasIt(eve, id)))
    await world.until('its chunks go', async () => (await eve.catalogue.counts()).chunks === 0)
    expect((await local.stats()).blobs).toBe(0)
  })

  test('cannot bring back what was deleted by giving again what was said of it', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = [await world.add('ann'), await world.add('bob')]
    const mal = new HostilePeer(world, 'mal')
    world.members.set(mal.cheap.id, { isAlive: true, awaySinceMs: undefined, isUntrusted: true })
    await world.pass(1_500)
    const { id } = await world.outcome(ann.store.put(content, { name: 'plans' }))
    const first = await mal.ask(ann.id, { type: 'statements', feed: '', since: 0, have: 0 })
    const theirs = 'feed' in first ? first.feed : ''
    const page = await mal.ask(ann.id, { type: 'statements', feed: theirs, since: 0, have: 0 })
    if (page.type !== 'statements' || page.statements.length === 0) throw new Error('it was told of the blob')
    await world.outcome(ann.store.delete('plans'))
    for (const { id: to } of [ann, bob]) {
      await mal.ask(to, { type: 'statements', feed: theirs, since: 9, have: 2 ** 40 }).catch(() => undefined)
    }
    // However long it waits, and whether the tombstone is gone or not.
    for (const one of [ann, bob]) await one.catalogue.commit(await tombstonesOf(one))
    const feed = 'f'.repeat(32)
    mal.answer = ({ type }): FeedAnswer =>
      type === 'holdings'
        ? { type, feed, to: 1, holdings: [{ seq: 1, id, isGone: false }] }
        : { type: 'statements', feed, to: page.to, statements: page.statements, freeBytes: 2 ** 40 }
    await world.pass(10_000)
    expect(mal.asked.length).toBeGreaterThan(2)
    for (const one of [ann, bob]) {
      expect(await one.store.listIds()).toEqual([])
      expect(await one.catalogue.statement(`blob/${id}`)).toBeUndefined()
    }
  })
})

/** What forgets them at once. */
async function tombstonesOf({ catalogue }: MeshNode): Promise<Parameters<typeof catalogue.commit>[0]> {
  const rows = await catalogue.statements({ limit: 100, prefix: '' })
  return rows.filter(({ isGone }) => isGone).map(({ key, stamp }) => ({ type: 'remove-statement', key, stamp }))
}

describe('the store of a replica', () => {
  test('is not opened where there is one with keys, and takes nothing itself', async () => {
    await using world = new MeshWorld()
    const { ann, eve } = await scene(world)
    await world.stop(ann)
    await world.stop(eve)
    const parts = { crypto: nodeCrypto(), clock: world.clock, entropy: world.random }
    await using annsDisk = ann.disk.open()
    const asReplica = opaqueStore({ ...parts, disk: annsDisk, catalogue: ann.catalogue })
    await expect(asReplica).rejects.toMatchObject({ code: 'wrong-key' })
    await using evesDisk = eve.disk.open()
    await using again = await opaqueStore({ ...parts, disk: evesDisk, catalogue: eve.catalogue })
    expect((await again.stats()).blobs).toBe(1)
    await expect(again.rotateKey()).rejects.toMatchObject({ code: 'wrong-request' })
    await expect(again.put(content)).rejects.toMatchObject({ code: 'wrong-request' })
  })
})
