import { describe, expect, test } from 'vitest'
import { FlotillaError } from '@flotilla/core/errors'
import { digestOf, TransferWorld } from '../doubles/node-transfer-world.ts'

const kibibyte = 1_024

describe('bringing a blob', () => {
  test('sends of a changed blob only what has changed', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const content = world.content(200 * kibibyte)
    await world.outcome(a.transfer.bring(await a.put(content), b.id))
    const changed = Uint8Array.from(content)
    changed.fill(7, 100 * kibibyte, 101 * kibibyte)
    const blob = await a.put(changed)
    const report = await world.outcome(a.transfer.bring(blob, b.id))
    expect(report.bytesSent).toBeLessThan(60 * kibibyte)
    expect(await b.digest(blob)).toBe(digestOf(changed))
  })

  test('goes on where it was left when the connection broke', async () => {
    await using world = new TransferWorld({ settings: { pushBytesInFlightMax: 4_096 } })
    const [a, b] = [await world.node('a'), await world.node('b')]
    const content = world.content(200 * kibibyte)
    const blob = await a.put(content)
    const bringing = a.transfer.bring(blob, b.id, { bytesPerSecond: 10_000 })
    bringing.catch(() => {})
    const started = world.clock.now()
    await world.until(() => world.clock.now() - started > 10_000)
    world.hub.disconnect(a.id, b.id)
    await expect(world.outcome(bringing)).rejects.toMatchObject({ code: 'peer-unreachable' })
    world.hub.connect(a.id, b.id)
    await world.until(() => world.clock.nextWakeAt === undefined)
    expect((await b.catalogue.partials()).map(({ id }) => id)).toEqual([blob.id])
    const report = await world.outcome(a.transfer.bring(blob, b.id))
    expect(report.bytesSent).toBeLessThan(200 * kibibyte)
    expect(report.bytesSent).toBeGreaterThan(50 * kibibyte)
    expect(await b.digest(blob)).toBe(digestOf(content))
    expect(await b.catalogue.partials()).toEqual([])
  })

  test('keeps to its rate', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const blob = await a.put(world.content(100_000))
    const begun = world.clock.now()
    await world.outcome(a.transfer.bring(blob, b.id, { bytesPerSecond: 10_000 }))
    const tookMs = world.clock.now() - begun
    expect(tookMs).toBeGreaterThan(9_000)
    expect(tookMs).toBeLessThan(20_000)
  })

  test('is refused cleanly where there is no room, and said so', async () => {
    await using world = new TransferWorld({ settings: { freeBytesReserve: 1_000_000 } })
    const [a, b] = [await world.node('a'), await world.node('b')]
    b.freeBytes = 999_999
    const blob = await a.put(world.content(100_000))
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toMatchObject({ code: 'disk-full' })
    expect(await b.has(blob)).toBe(false)
  })

  test('is refused cleanly when the disk fills in the midst of it, and goes on when there is room', async () => {
    await using world = new TransferWorld({ settings: { freeBytesReserve: 1_000_000 } })
    let free = 1_200_000
    const [a, b] = [await world.node('a'), await world.node('b', { hooks: { freeBytes: () => (free -= 2_000) } })]
    const blob = await a.put(world.content(400_000))
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toMatchObject({ code: 'disk-full' })
    expect(await b.has(blob)).toBe(false)
    free = 2 ** 40
    const report = await world.outcome(a.transfer.bring(blob, b.id))
    expect(report.bytesSent).toBeLessThan(460_000)
    expect(await b.digest(blob)).toBe(await a.digest(blob))
  })

  test('sees that others have filled the disk meanwhile, though there was plenty of room at first', async () => {
    await using world = new TransferWorld({ settings: { freeBytesReserve: 100_000, batchBytesFirst: 2_048 } })
    let asked = 0
    const freeBytes = (): number => (asked++ < 3 ? 1e9 : 50_000)
    const [a, b] = [await world.node('a'), await world.node('b', { hooks: { freeBytes } })]
    const blob = await a.put(world.content(200_000))
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toMatchObject({ code: 'disk-full' })
    // Not for every batch: once for a sixteenth of the reserve.
    expect(asked).toBe(4)
  })

  test('fails where the far disk fails, and leaves nothing that looks whole', async () => {
    await using world = new TransferWorld()
    let isFull = false
    const a = await world.node('a')
    const b = await world.node('b', {
      faults: { begin: ({ type }, finish) => finish(isFull && type === 'write' ? { code: 'disk-full' } : undefined) },
    })
    const [known, blob] = [await a.put(world.content(10_000, 'known')), await a.put(world.content(100_000))]
    await world.outcome(a.transfer.bring(known, b.id))
    isFull = true
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toMatchObject({ code: 'disk-full' })
    expect([await b.has(known), await b.has(blob)]).toEqual([true, false])
    expect(await b.digest(known)).toBe(await a.digest(known))
  })

  test('is given up by its signal', async () => {
    await using world = new TransferWorld()
    const [a, b] = [await world.node('a'), await world.node('b')]
    const blob = await a.put(world.content(100_000))
    const abort = new AbortController()
    const bringing = a.transfer.bring(blob, b.id, { bytesPerSecond: 1_000, signal: abort.signal })
    bringing.catch(() => {})
    await world.until(() => world.clock.now() > 1_000)
    abort.abort(new FlotillaError('enough', 'enough'))
    await expect(bringing).rejects.toMatchObject({ code: 'enough' })
  })

  test('does not reach a node that does not admit this one, or is not there', async () => {
    await using world = new TransferWorld()
    const a = await world.node('a')
    const b = await world.node('b', { hooks: { admits: (peer) => peer !== a.id } })
    const blob = await a.put(world.content(10_000))
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toThrow('may not fetch chunks here')
    world.hub.disconnect(a.id, b.id)
    await expect(world.outcome(a.transfer.bring(blob, b.id))).rejects.toMatchObject({ code: 'peer-unreachable' })
  })

  test('carries thousands of small chunks', async () => {
    await using world = new TransferWorld({ settings: { batchBytesFirst: 2 ** 16, batchBytesMax: 2 ** 16 } })
    const [a, b] = [await world.node('a'), await world.node('b')]
    const content = world.content(700_000)
    const blob = await a.put(content)
    const report = await world.outcome(a.transfer.bring(blob, b.id))
    expect(report.chunksSent).toBeGreaterThan(4_000)
    expect(await b.digest(blob)).toBe(digestOf(content))
  })
})
