import { describe, expect, test } from 'vitest'
import { digestOf, TransferWorld } from './doubles/node-transfer-world.ts'

const kibibyte = 1_024

describe('a transfer', () => {
  test('brings a blob to another node, and a second time nothing', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const content = world.content(300 * kibibyte)
    const blob = await a.put(content)
    expect(blob.depth).toBeGreaterThan(1)
    const report = await world.outcome(a.transfer.bring(blob, b.id))
    expect(report.bytesSent).toBeGreaterThanOrEqual(content.length)
    expect(await b.digest(blob)).toBe(digestOf(content))
    expect(b.arrived).toEqual([`a ${blob.id}`])
    expect(await world.outcome(a.transfer.bring(blob, b.id))).toEqual({ bytesSent: 0, chunksSent: 0 })
  })

  test('reads from several peers, from the middle too', async () => {
    await using world = new TransferWorld()
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const content = world.content(300 * kibibyte)
    const blob = await a.put(content)
    await b.put(content)
    await using source = c.transfer.source(() => [a.id, b.id])
    expect(await world.outcome(c.digest(blob, source))).toBe(digestOf(content))
    const { bytesByPeer, leftOut } = source.report
    expect([...leftOut]).toEqual([])
    for (const id of [a.id, b.id]) expect(bytesByPeer.get(id)).toBeGreaterThan(content.length / 4)
  })

  test('pulls a blob into the own vault, of known chunks none', async () => {
    await using world = new TransferWorld()
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const content = world.content(200 * kibibyte)
    const blob = await a.put(content)
    await b.put(content)
    await c.put(content.subarray(0, 100 * kibibyte))
    const report = await world.outcome(c.transfer.pull(blob, () => [a.id, b.id]))
    expect(report.bytesFetched).toBeGreaterThan(100 * kibibyte)
    expect(report.bytesFetched).toBeLessThan(150 * kibibyte)
    expect(await c.digest(blob)).toBe(digestOf(content))
    expect(await c.has(blob)).toBe(true)
    expect(await c.catalogue.partials()).toEqual([])
  })

  test('pulls a blob of which all chunks are here though nobody else has one, as after a rebuild', async () => {
    await using world = new TransferWorld()
    const a = await world.node('a')
    const content = world.content(200 * kibibyte)
    const blob = await a.put(content)
    await a.catalogue.commit([{ type: 'remove-blob', id: blob.id }])
    expect(await a.has(blob)).toBe(false)
    expect((await world.outcome(a.transfer.pull(blob, () => []))).bytesFetched).toBe(0)
    expect(await a.digest(blob)).toBe(digestOf(content))
    expect(await a.has(blob)).toBe(true)
  })

  test('broadcasts while a blob is being put', async () => {
    await using world = new TransferWorld()
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const content = world.content(200 * kibibyte)
    await c.put(content)
    const { blob, ends } = await world.outcome(a.putTo(content, [b.id, c.id]))
    expect(ends.get(b.id)).toMatchObject({ type: 'durable' })
    expect(ends.get(c.id)).toMatchObject({ type: 'durable' })
    expect(await b.digest(blob)).toBe(digestOf(content))
  })

  test('says what a node has to say of itself', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    b.freeBytes = 12_345.5
    expect(await a.transfer.standing(b.id)).toEqual({ freeBytes: 12_345, isUntrusted: false })
  })

  test('moves an empty blob', async () => {
    await using world = new TransferWorld()
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const blob = await a.put(new Uint8Array(0))
    await world.outcome(a.transfer.bring(blob, b.id))
    await world.outcome(c.transfer.pull(blob, () => [b.id]))
    expect(await c.digest(blob)).toBe(digestOf(new Uint8Array(0)))
  })
})
