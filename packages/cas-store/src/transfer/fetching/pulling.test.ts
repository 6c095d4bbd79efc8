import { FlotillaError } from '@flotilla/core/errors'
import { describe, expect, test } from 'vitest'
import { digestOf, TransferWorld } from '../doubles/node-transfer-world.ts'

describe('pulling a blob', () => {
  test('goes on where it was left, after the only holder was gone', async () => {
    await using world = new TransferWorld({ settings: { servedBytesPerSecond: 10_000 } })
    const [a, b] = [await world.node('a'), await world.node('b')]
    const content = world.content(100_000)
    const blob = await a.put(content)
    const pulling = b.transfer.pull(blob, () => [a.id])
    pulling.catch(() => {})
    await world.until(() => world.clock.now() > 6_000)
    world.hub.disconnect(a.id, b.id)
    await expect(world.outcome(pulling)).rejects.toMatchObject({ code: 'unavailable' })
    expect((await b.catalogue.partials()).map(({ id }) => id)).toEqual([blob.id])
    world.hub.connect(a.id, b.id)
    const report = await world.outcome(b.transfer.pull(blob, () => [a.id]))
    expect(report.bytesFetched).toBeLessThan(110_000)
    expect(await b.digest(blob)).toBe(digestOf(content))
    expect(await b.catalogue.partials()).toEqual([])
  })

  test('goes on with a holder that was gone and is back, while others are slow', async () => {
    await using world = new TransferWorld({ settings: { servedBytesPerSecond: 20_000 } })
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const content = world.content(100_000)
    const blob = await a.put(content)
    await b.put(content)
    const pulling = c.transfer.pull(blob, () => [a.id, b.id])
    await world.until(() => world.clock.now() > 1_000)
    world.hub.disconnect(a.id, c.id)
    await world.until(() => world.clock.now() > 1_500)
    world.hub.connect(a.id, c.id)
    const report = await world.outcome(pulling)
    expect(await c.digest(blob)).toBe(digestOf(content))
    expect(report.leftOut.has(a.id)).toBe(false)
    for (const id of [a.id, b.id]) expect(report.bytesByPeer.get(id)).toBeGreaterThan(20_000)
  })

  test('takes what each of several holders of parts has', async () => {
    await using world = new TransferWorld()
    const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
    const content = world.content(100_000)
    const blob = await c.put(content)
    const reader = await world.node('reader')
    // Neither has all; what is under the lists they have of the other halves.
    await a.put(content.subarray(0, 60_000))
    await b.put(content.subarray(40_000))
    await world.outcome(reader.transfer.pull(blob, () => [a.id, b.id])).catch(() => {})
    const report = await world.outcome(reader.transfer.pull(blob, () => [a.id, b.id, c.id]))
    expect(await reader.digest(blob)).toBe(digestOf(content))
    expect(report.leftOut.size).toBe(0)
  })

  test('keeps to its rate and tells how far it is', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const blob = await a.put(world.content(100_000))
    const told: number[] = []
    const begun = world.clock.now()
    const options = {
      bytesPerSecond: 10_000,
      onProgress: ({ bytesHere }: { bytesHere: number }) => void told.push(bytesHere),
    }
    await world.outcome(b.transfer.pull(blob, () => [a.id], options))
    expect(world.clock.now() - begun).toBeGreaterThan(9_000)
    expect(told.at(-1)).toBe(100_000)
    expect(told).toEqual(told.toSorted((one, other) => one - other))
  })

  test('stops cleanly where there is no room', async () => {
    await using world = new TransferWorld({ settings: { freeBytesReserve: 10 } })
    const a = await world.node('a')
    let isFull = false
    const b = await world.node('b', {
      faults: { begin: ({ type }, finish) => finish(isFull && type === 'write' ? { code: 'disk-full' } : undefined) },
    })
    const blob = await a.put(world.content(50_000))
    b.freeBytes = 9
    await expect(world.outcome(b.transfer.pull(blob, () => [a.id]))).rejects.toMatchObject({ code: 'disk-full' })
    b.freeBytes = 1_000
    isFull = true
    await expect(world.outcome(b.transfer.pull(blob, () => [a.id]))).rejects.toMatchObject({ code: 'disk-full' })
    expect(await b.has(blob)).toBe(false)
    expect(b.lies).toEqual([])
  })

  test('leaves a blob alone that is not wanted any more', async () => {
    await using world = new TransferWorld()
    const a = await world.node('a')
    const refusing = { beforeCommit: () => Promise.reject(new FlotillaError('deleted', 'it was deleted')) }
    const b = await world.node('b', { hooks: refusing })
    const blob = await a.put(world.content(5_000))
    await expect(world.outcome(b.transfer.pull(blob, () => [a.id]))).rejects.toMatchObject({ code: 'deleted' })
    expect(await b.has(blob)).toBe(false)
  })

  test('is given up by its signal, and by closing', async () => {
    await using world = new TransferWorld({ settings: { servedBytesPerSecond: 1_000 } })
    const [a, b] = [await world.node('a'), await world.node('b')]
    const blob = await a.put(world.content(50_000))
    const abort = new AbortController()
    const given = b.transfer.pull(blob, () => [a.id], { signal: abort.signal })
    given.catch(() => {})
    await world.until(() => world.clock.now() > 2_000)
    abort.abort(new FlotillaError('enough', 'enough'))
    await expect(world.outcome(given)).rejects.toMatchObject({ code: 'enough' })
    const closed = b.transfer.pull(blob, () => [a.id])
    let isOver = false
    closed.catch(() => (isOver = true))
    await world.until(() => world.clock.now() > 4_000)
    await world.outcome((async () => b.transfer[Symbol.asyncDispose]())())
    expect(isOver).toBe(true)
    await expect(closed).rejects.toMatchObject({ code: 'closed' })
    expect(() => b.transfer.source(() => [])).toThrow('has ended')
  })

  test('refuses a blob that is not what its id says', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const blob = await a.put(world.content(5_000))
    const wrong = { ...blob, size: blob.size + 1 }
    await expect(world.outcome(b.transfer.pull(wrong, () => [a.id]))).rejects.toMatchObject({ code: 'wrong-answer' })
  })
})
