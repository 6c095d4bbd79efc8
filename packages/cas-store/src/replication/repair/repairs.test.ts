import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { bytesOf, meshOf, MeshWorld, type MeshNode } from '../doubles/node-mesh-world.ts'
import type { BlobId } from '../../types.ts'

const content = new Prng(5).bytes(6_000)
const idsOf = async (node: MeshNode): Promise<readonly BlobId[]> => (await node.store.listIds()).map(({ id }) => id)

describe('what is damaged on one disk', () => {
  test('is read from others, and mended by a check', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    const { id } = await world.outcome(ann.store.put(content))
    for (const path of ann.disk.paths()) {
      for (let bits = 0; bits < 5; bits++) ann.disk.rot(path, new Prng(bits), { from: 500 })
    }
    expect(await world.outcome(ann.store.get(id).then(bytesOf))).toEqual(content)
    await world.stop(bob)
    await expect(world.outcome(ann.store.get(id).then(bytesOf))).rejects.toMatchObject({ code: 'unavailable' })
    const alone = await world.outcome(ann.store.check())
    expect(alone.blobsHurt).toEqual([id])
    await world.start(bob)
    await world.pass(500)
    const report = await world.outcome(ann.store.check())
    expect(report.blobsHurt).toEqual([])
    expect(report.mended).toBeGreaterThan(0)
    await world.stop(bob)
    expect(await world.outcome(ann.store.get(id).then(bytesOf))).toEqual(content)
  })

  test('is not promised to be kept', async () => {
    await using world = new MeshWorld()
    const [ann, bob, cid] = await meshOf(world, 'ann', 'bob', 'cid')
    const { id } = await world.outcome(ann.store.put(content, { copies: 2 }))
    await world.pass(5_000)
    const holders = [ann, bob, cid]
    const extra = await nodeWithout(holders, id)
    const keepers = holders.filter((node) => node !== extra)
    await world.outcome(extra.store.keep(id))
    for (const node of keepers) {
      for (const path of node.disk.paths()) node.disk.rot(path, new Prng(3), { from: 500, below: 2_000 })
      if (node.local !== undefined) await world.outcome(node.local.check())
    }
    await extra.store.release(id)
    await world.pass(20_000)
    // It is one copy too many, and the only one that is whole.
    expect(await extra.local?.resolve(id)).toBeDefined()
  })
})

describe('what nobody needs', () => {
  test('goes: content of which nobody has made a statement', async () => {
    await using world = new MeshWorld()
    const [ann] = await meshOf(world, 'ann', 'bob')
    const { id } = (await ann.local?.put(content)) ?? {}
    await world.pass(2_000)
    expect(await ann.local?.resolve(id ?? '')).toBeDefined()
    await world.pass(12_000)
    expect(await ann.local?.resolve(id ?? '')).toBeUndefined()
  })

  test('goes: names that were given while the blob was being deleted elsewhere', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    const { id } = await world.outcome(ann.store.put(content))
    await world.pass(500)
    world.hub.disconnect(ann.id, bob.id)
    await world.outcome(ann.store.delete(id))
    await world.outcome(bob.store.name('late', id))
    world.hub.connect(ann.id, bob.id)
    await world.pass(1_000)
    for (const node of [ann, bob]) expect(await node.store.list()).toEqual([])
    await world.pass(15_000)
    // Should the blob be put again, the name does not come back with it.
    await world.outcome(ann.store.put(content))
    await world.pass(1_000)
    for (const node of [ann, bob]) expect(await node.store.list()).toEqual([])
  })
})

test('what was put while a store was alone is known to all once it is not', async () => {
  await using world = new MeshWorld()
  const ann = await world.add('ann', { before: async (local) => void (await local.put(content, { name: 'old' })) })
  const bob = await world.add('bob')
  await world.until('the other one has it', async () => (await bob.store.stat('old'))?.holders.length === 2)
  expect(await idsOf(bob)).toEqual(await idsOf(ann))
  await world.stop(ann)
  expect(await world.outcome(bob.store.get('old').then(bytesOf))).toEqual(content)
})

test('a blob that was put again before others heard of its deletion has its copies still', async () => {
  await using world = new MeshWorld()
  const [ann, bob, cid] = await meshOf(world, 'ann', 'bob', 'cid')
  const { id } = await world.outcome(ann.store.put(content))
  await world.pass(500)
  world.hub.disconnect(cid.id)
  await world.outcome(ann.store.delete(id))
  await world.outcome(ann.store.put(content, { copies: 2 }))
  world.hub.connect(cid.id, ann.id)
  world.hub.connect(cid.id, bob.id)
  await world.until('all of its copies are known to all', async () => {
    const stats = await Promise.all([ann, bob, cid].map((node) => node.store.stat(id)))
    return stats.every((stat) => stat?.holders.length === 3)
  })
  expect(await idsOf(cid)).toEqual([id])
})

async function nodeWithout(nodes: readonly MeshNode[], id: BlobId): Promise<MeshNode> {
  for (const node of nodes) if ((await node.local?.resolve(id)) === undefined) return node
  throw new Error('somebody is without it')
}
