import { expect, test } from 'vitest'
import { Prng } from '@flotilla/core/random'
import { bytesOf, MeshWorld } from '../doubles/node-mesh-world.ts'

const content = new Prng(5).bytes(5_000)

test('a blob that is put has three copies, and can be read everywhere', async () => {
  await using world = new MeshWorld()
  const nodes = [await world.add('ann'), await world.add('bob'), await world.add('cid'), await world.add('dan')]
  const [ann] = nodes
  await world.pass(2_000)
  const put = await world.outcome(ann!.store.put(content, { name: 'notes' }))
  expect(put.copies).toBe(3)
  await world.pass(2_000)
  for (const node of nodes) {
    const stat = await node.store.stat('notes')
    expect(stat?.holders.length).toBe(3)
    expect(await world.outcome(node.store.get('notes').then(bytesOf))).toEqual(content)
  }
})
