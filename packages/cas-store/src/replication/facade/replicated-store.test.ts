import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { bytesOf, meshOf, MeshWorld, type MeshNode } from '../doubles/node-mesh-world.ts'

const content = new Prng(5).bytes(5_000)
const other = new Prng(6).bytes(3_000)

const read = (world: MeshWorld, node: MeshNode, ref: string): Promise<Uint8Array> =>
  world.outcome(node.store.get(ref).then(bytesOf))

describe('a store of several nodes', () => {
  test('has three copies of a blob, which can be read everywhere, also from its middle', async () => {
    await using world = new MeshWorld()
    const nodes = await meshOf(world, 'ann', 'bob', 'cid', 'dan')
    const put = await world.outcome(nodes[0].store.put(content, { name: 'notes' }))
    expect(put.copies).toBe(3)
    await world.pass(2_000)
    for (const node of nodes) {
      expect((await node.store.stat('notes'))?.holders.length).toBe(3)
      expect(await read(world, node, 'notes')).toEqual(content)
      const middle = node.store.get(put.id, { range: { start: 2_000, length: 700 } }).then(bytesOf)
      expect(await world.outcome(middle)).toEqual(content.slice(2_000, 2_700))
      expect(await node.store.list()).toMatchObject([{ name: 'notes', id: put.id, size: 5_000 }])
      expect(await node.store.listIds()).toMatchObject([{ id: put.id, names: ['notes'], pinned: false }])
    }
  })

  test('keeps an explicit number of copies as a promise', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    await expect(world.outcome(ann.store.put(content, { copies: 3 }))).rejects.toMatchObject({ code: 'too-few-copies' })
    // What was made stays.
    const [made] = await ann.store.listIds()
    expect(await read(world, bob, made?.id ?? '')).toEqual(content)
    expect((await world.outcome(ann.store.put(other))).copies).toBe(2)
    await expect(ann.store.put(other, { copies: 0 })).rejects.toMatchObject({ code: 'wrong-request' })
    await world.add('cid')
    await world.until(
      'the third copy is made',
      async () => (await ann.store.stat(made?.id ?? ''))?.holders.length === 3,
    )
  })

  test('takes the next node where one cannot take a copy', async () => {
    await using world = new MeshWorld()
    const [ann, bob, cid, dan] = await meshOf(world, 'ann', 'bob', 'cid', 'dan')
    // They count as alive still, and do not answer.
    await world.outcome(Promise.resolve(bob.transfer?.[Symbol.asyncDispose]()))
    for (let round = 0; round < 4; round++) {
      const { copies, id } = await world.outcome(ann.store.put(new Prng(round).bytes(500), { copies: 3 }))
      expect(copies).toBe(3)
      const holders = (await ann.store.stat(id))?.holders.map(({ node }) => node)
      expect(holders?.toSorted()).toEqual([ann.id, cid.id, dan.id].toSorted())
    }
  })

  test('makes lost copies again, and moves them to who ought to have them when somebody comes back', async () => {
    await using world = new MeshWorld()
    const nodes = await meshOf(world, 'ann', 'bob', 'cid', 'dan')
    const [ann] = nodes
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push((await world.outcome(ann.store.put(new Prng(n).bytes(800), { copies: 2 }))).id)
    const gone = nodes[1]
    await world.stop(gone)
    const living = (holders: readonly { readonly isAlive: boolean }[]): number =>
      holders.filter(({ isAlive }) => isAlive).length
    const all = async (wanted: (count: number) => boolean): Promise<boolean> => {
      const stats = await Promise.all(ids.map((id) => ann.store.stat(id)))
      return stats.every((stat) => wanted(living(stat?.holders ?? [])))
    }
    await world.pass(10_000)
    await world.pass(890_000 / 100)
    expect(await all((count) => count === 2)).toBe(false)
    world.clock.advance(900_000)
    await world.until('there are two of each again', () => all((count) => count >= 2))
    await world.start(gone)
    await world.until('nothing is spare', async () => {
      const { blobsShort, copiesSpare } = await ann.store.status()
      return blobsShort === 0 && copiesSpare === 0
    })
    for (const id of ids) expect((await ann.store.stat(id))?.holders.length).toBe(2)
  })

  test('keeps a copy where it is told to, and lets it go again', async () => {
    await using world = new MeshWorld()
    const nodes = await meshOf(world, 'ann', 'bob', 'cid')
    const { id } = await world.outcome(nodes[0].store.put(content, { copies: 1 }))
    await world.pass(5_000)
    const without = nodes.find((node) => node !== nodes[0]) as MeshNode
    await world.outcome(without.store.keep(id))
    await world.pass(10_000)
    expect(await without.local?.resolve(id)).toBeDefined()
    await without.store.release(id)
    await world.until('the copy is given up', async () => (await without.local?.resolve(id)) === undefined)
    expect(await read(world, without, id)).toEqual(content)
  })
})

describe('a deletion', () => {
  test('is known to all at once, takes the names along, and is not undone by one who was away', async () => {
    await using world = new MeshWorld()
    const [ann, bob, cid] = await meshOf(world, 'ann', 'bob', 'cid')
    const { id } = await world.outcome(ann.store.put(content, { name: 'notes' }))
    await world.pass(500)
    await world.stop(cid)
    expect(await world.outcome(bob.store.delete('notes'))).toBe(true)
    expect(await ann.store.stat(id)).toBeUndefined()
    expect(await ann.store.list()).toEqual([])
    await world.pass(20_000)
    // As long as somebody has not heard of it, it is kept in mind.
    expect((await ann.store.status()).tombstones).toBe(2)
    await world.start(cid)
    await world.until('the one who was away has heard of it', async () => (await cid.store.stat(id)) === undefined)
    await world.pass(15_000)
    for (const node of [ann, bob, cid]) {
      expect(await node.store.stat(id)).toBeUndefined()
      expect(await node.local?.resolve(id)).toBeUndefined()
      // The last statement of a feed stays.
      expect((await node.store.status()).tombstones).toBeLessThanOrEqual(1)
    }
  })

  test('gives way to a later put, on a node whose calendar is behind as well', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    const { id } = await world.outcome(ann.store.put(content))
    expect(await world.outcome(bob.store.delete(id))).toBe(true)
    expect(await world.outcome(bob.store.delete(id))).toBe(false)
    world.clock.setWall(world.clock.wallNow() - 3_600_000)
    await world.outcome(ann.store.put(content))
    await world.pass(3_000)
    expect(await read(world, bob, id)).toEqual(content)
  })

  test('is refused while there is a pin, wherever that was made', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    const { id } = await world.outcome(ann.store.put(content))
    await world.outcome(ann.store.pin(id))
    await expect(world.outcome(bob.store.delete(id))).rejects.toMatchObject({ code: 'pinned' })
    await world.outcome(bob.store.unpin(id))
    expect(await world.outcome(ann.store.delete(id))).toBe(true)
  })
})

describe('members', () => {
  test('that join learn everything, also what those have said who have left', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    const { id } = await world.outcome(ann.store.put(content, { name: 'notes' }))
    await world.pass(500)
    await world.stop(ann)
    world.remove(ann)
    const cid = await world.add('cid')
    await world.until('the newcomer knows of it', async () => (await cid.store.stat('notes')) !== undefined)
    expect(await read(world, cid, 'notes')).toEqual(content)
    await world.until('it has two copies', async () => (await bob.store.stat(id))?.holders.length === 2)
  })

  test('that had left for good do not bring back what was deleted', async () => {
    await using world = new MeshWorld()
    const [ann, bob, cid] = await meshOf(world, 'ann', 'bob', 'cid')
    const { id } = await world.outcome(ann.store.put(content))
    await world.pass(1_000)
    await world.stop(cid)
    world.remove(cid)
    await world.outcome(ann.store.delete(id))
    await world.outcome(ann.store.put(other))
    await world.until('the deletion is forgotten', async () => (await bob.store.status()).tombstones === 0)
    world.members.set(cid.id, { isAlive: true, awaySinceMs: undefined, isUntrusted: false })
    await world.start(cid)
    await world.pass(10_000)
    expect(await bob.store.stat(id)).toBeUndefined()
    expect(bob.logger.entries.some(({ fields }) => String(fields['err']).includes('had left for good'))).toBe(true)
  })

  test('have a catalogue of their own', async () => {
    await using world = new MeshWorld()
    const [ann, bob] = await meshOf(world, 'ann', 'bob')
    await world.stop(ann)
    await world.stop(bob)
    bob.catalogue = ann.catalogue
    await expect(world.start(bob)).rejects.toMatchObject({ code: 'wrong-request' })
    await world.outcome(Promise.resolve(bob.transfer?.[Symbol.asyncDispose]()))
    await bob.member?.[Symbol.asyncDispose]()
  })
})
