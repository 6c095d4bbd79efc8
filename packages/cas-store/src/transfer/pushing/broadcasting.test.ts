import { describe, expect, test } from 'vitest'
import { sleep } from '@flotilla/core/time'
import type { ChunkId } from '../../types.ts'
import { digestOf, TransferWorld, type WorldNode } from '../doubles/node-transfer-world.ts'

const contentBytes = 200_000

/** A node that puts, and some to which it broadcasts. */
async function fleet(world: TransferWorld, ...names: readonly string[]): Promise<readonly [WorldNode, WorldNode[]]> {
  const others: WorldNode[] = []
  for (const name of names) others.push(await world.node(name))
  return [await world.node('putter'), others]
}

describe('a broadcast', () => {
  test('reaches all, and sends each only what it lacks', async () => {
    await using world = new TransferWorld()
    const [putter, others] = await fleet(world, 'empty', 'half', 'whole')
    const [, half, whole] = others as [WorldNode, WorldNode, WorldNode]
    const content = world.content(contentBytes)
    await half.put(content.subarray(0, contentBytes / 2))
    await whole.put(content)
    const { blob, ends } = await world.outcome(
      putter.putTo(
        content,
        others.map(({ id }) => id),
      ),
    )
    const sent = others.map(({ id }) => {
      const end = ends.get(id)
      return end?.type === 'durable' ? end.bytesSent : -1
    })
    expect(sent[0]).toBeGreaterThan(contentBytes)
    expect(sent[1]).toBeLessThan(contentBytes * 0.8)
    // What is so little that asking would cost more is sent all the same.
    expect(sent[2]).toBeLessThan(contentBytes / 2)
    for (const other of others) expect(await other.digest(blob)).toBe(digestOf(content))
  })

  test('goes on without a peer that vanishes, and says which', async () => {
    await using world = new TransferWorld()
    const [putter, others] = await fleet(world, 'stays', 'goes')
    const [stays, goes] = others as [WorldNode, WorldNode]
    const content = world.content(contentBytes)
    const putting = putter.putTo(content, [stays.id, goes.id], async (bytes) => {
      if (bytes > contentBytes / 2) world.hub.disconnect(goes.id)
    })
    const { blob, ends } = await world.outcome(putting)
    expect(ends.get(stays.id)).toMatchObject({ type: 'durable' })
    expect(ends.get(goes.id)).toMatchObject({ type: 'failed', why: expect.stringContaining('goes') as string })
    expect(await stays.digest(blob)).toBe(digestOf(content))
    expect(await goes.has(blob)).toBe(false)
  })

  test('to somebody who is not there fails for him alone', async () => {
    await using world = new TransferWorld()
    const [putter, others] = await fleet(world, 'there')
    const there = others[0] as WorldNode
    const nobody = 'nobody' as typeof there.id
    const { ends } = await world.outcome(putter.putTo(world.content(contentBytes), [there.id, nobody]))
    expect([ends.get(there.id)?.type, ends.get(nobody)?.type]).toEqual(['durable', 'failed'])
  })

  test('drops a peer that the others have waited for too long', async () => {
    await using world = new TransferWorld({ settings: { broadcastWaitMs: 3_000, pushBytesInFlightMax: 8_192 } })
    const putter = await world.node('putter')
    const fast = await world.node('fast')
    // Each look at the disk's free bytes takes it a second.
    const slow = await world.node('slow', { hooks: { freeBytes: () => slowly(world) } })
    const content = world.content(contentBytes)
    const begun = world.clock.now()
    const { blob, ends } = await world.outcome(putter.putTo(content, [fast.id, slow.id]))
    expect(ends.get(fast.id)).toMatchObject({ type: 'durable' })
    expect(ends.get(slow.id)).toMatchObject({ type: 'failed', why: expect.stringContaining('wait') as string })
    expect(world.clock.now() - begun).toBeLessThan(10_000)
    expect(await fast.digest(blob)).toBe(digestOf(content))
  })

  test('waits for slow peers where all are slow', async () => {
    await using world = new TransferWorld({ settings: { broadcastWaitMs: 3_000, pushBytesInFlightMax: 8_192 } })
    const putter = await world.node('putter')
    const hooks = { freeBytes: () => slowly(world) }
    const [one, two] = [await world.node('one', { hooks }), await world.node('two', { hooks })]
    const { ends } = await world.outcome(putter.putTo(world.content(50_000), [one.id, two.id]))
    expect([...ends.values()].map(({ type }) => type)).toEqual(['durable', 'durable'])
  })

  test('given up leaves nothing behind', async () => {
    await using world = new TransferWorld()
    const [putter, others] = await fleet(world, 'other')
    const other = others[0] as WorldNode
    const broadcast = putter.transfer.broadcast([other.id])
    const bytes = world.content(500)
    const [id] = (await putter.workshop.identify('data', [bytes])) as [ChunkId]
    await world.outcome(broadcast.add('data', [{ id, bytes }]))
    await broadcast[Symbol.asyncDispose]()
    await world.until(() => world.clock.nextWakeAt === undefined)
    expect(await other.catalogue.counts()).toMatchObject({ chunks: 0, blobs: 0 })
  })

  test('lets go of the bytes when no peer needs them, and never while one may', async () => {
    await using world = new TransferWorld()
    const [putter, others] = await fleet(world, 'one', 'two')
    const [one, two] = others as [WorldNode, WorldNode]
    const bytes = world.content(60_000)
    const [id] = (await putter.workshop.identify('data', [bytes])) as [ChunkId]
    let released = 0
    const release = (): void => void released++
    await using broadcast = putter.transfer.broadcast([one.id, two.id])
    await world.outcome(broadcast.add('data', [{ id, bytes }], { release }))
    await world.until(() => released > 0)
    await using failing = putter.transfer.broadcast([one.id, two.id])
    const adding = failing.add('data', [{ id, bytes }], { release })
    world.hub.disconnect(putter.id, two.id)
    await world.outcome(adding)
    await world.until(() => world.clock.nextWakeAt === undefined)
    expect(released).toBe(1)
  })
})

async function slowly(world: TransferWorld): Promise<number> {
  await sleep(world.clock, 1_000)
  return 2 ** 40
}
