import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { inlineCatalogue } from '../catalogue/node-inline-catalogue.ts'
import { assertHolds, content, readAll, refusalOf, stream } from '../testing/conformance/content.ts'
import type { CollectProgress } from './contract.ts'
import { memoryStore } from './testing/node-memory-store.ts'
import { overridden } from './testing/overridden.ts'

const bytes = content(1, 20_000)

describe('a collection', () => {
  test('takes all of what was deleted, and of a put that failed', async () => {
    await using store = await memoryStore({ limits: { batchBytes: 1_024 } })
    const { id } = await store.put(bytes)
    await store.put(content(2, 5_000))
    const before = await store.stats()
    await store.delete(id)
    const broken = new Error('broken')
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield* stream(content(3, 9_000), 1_000)
      throw broken
    }
    await expect(store.put(source())).rejects.toBe(broken)
    const report = await store.collectGarbage()
    const after = await store.stats()
    expect(after.blobs).toBe(1)
    expect(after.chunks).toBeLessThan(before.chunks / 3)
    expect(report.chunksForgotten).toBeGreaterThanOrEqual(before.chunks - after.chunks)
    const again = await store.collectGarbage()
    expect(again.chunksForgotten).toBe(0)
  })

  test('keeps what is held until it is let go, however long that takes', async () => {
    const clock = new ManualClock()
    await using store = await memoryStore({ clock, limits: { readerIdleMs: 1_000 } })
    const { id } = await store.put(bytes)
    const row = await store.resolve(id)
    if (row === undefined) throw new Error('it was put')
    const hold = store.hold(row)
    await store.delete(id)
    clock.advance(100_000)
    expect((await store.collectGarbage()).chunksForgotten).toBe(0)
    hold[Symbol.dispose]()
    expect((await store.collectGarbage()).chunksForgotten).toBeGreaterThan(20)
  })

  test('refuses to hold more than the limit, until one is let go; readers are counted by themselves', async () => {
    await using store = await memoryStore({ limits: { holdsMax: 2, readersMax: 1 } })
    const { id } = await store.put(bytes)
    const row = await store.resolve(id)
    if (row === undefined) throw new Error('it was put')
    const [first] = [store.hold(row), store.hold(row)]
    expect(() => store.hold(row)).toThrow(/2 blobs are held, which is the limit \(holdsMax\)/)
    await readAll(await store.get(id))
    first?.[Symbol.dispose]()
    first?.[Symbol.dispose]() // A second time is nothing.
    store.hold(row)
    expect(() => store.hold(row)).toThrow(/holdsMax/)
  })

  test('gives the room back at once of what was just put, and tells how far it has come', async () => {
    await using store = await memoryStore({ limits: { pageRows: 2 } })
    for (let seed = 2; seed < 7; seed++) await store.put(content(seed, 100))
    const { id } = await store.put(bytes)
    await store.delete(id)
    const told: CollectProgress[] = []
    const { bytesFreed, chunksForgotten } = await store.collectGarbage({ onProgress: (one) => void told.push(one) })
    expect(bytesFreed).toBeGreaterThan(bytes.length)
    expect(told.map(({ blobsLookedAt }) => blobsLookedAt)).toEqual(expect.arrayContaining([2, 4, 5]))
    expect(told.every(({ blobsInAll }) => blobsInAll === 5)).toBe(true)
    const last = told.at(-1)
    expect(last).toMatchObject({ blobsLookedAt: 5, chunksForgotten, packBytesDone: last?.packBytesInAll })
    expect(last?.packBytesInAll).toBeGreaterThan(bytesFreed)
    expect(told).toEqual(told.toSorted((one, other) => one.packBytesDone - other.packBytesDone))
  })

  test('does not wait for ever for a reader who has gone; what was deleted is not found then', async () => {
    const clock = new ManualClock()
    await using store = await memoryStore({ clock, limits: { readerIdleMs: 1_000 } })
    const { id } = await store.put(bytes)
    const gone = await store.get(id)
    await store.delete(id)
    clock.advance(999)
    expect((await store.collectGarbage()).chunksForgotten).toBe(0)
    clock.advance(2_000)
    expect((await store.collectGarbage()).chunksForgotten).toBeGreaterThan(20)
    expect(await refusalOf(readAll(gone))).toBe('not-found')
  })

  test('lets go of a reader who has reached the end, or left', async () => {
    await using store = await memoryStore()
    const { id } = await store.put(bytes)
    await readAll(await store.get(id))
    for await (const _ of await store.get(id)) break
    await store.delete(id)
    expect((await store.collectGarbage()).chunksForgotten).toBeGreaterThan(20)
  })

  test('keeps what somebody found just before it was deleted', async () => {
    const inner = inlineCatalogue()
    const slow = Promise.withResolvers<void>()
    let isSlow = false
    const catalogue = overridden(inner, {
      async blob(id) {
        const wasSlow = isSlow
        const found = await inner.blob(id)
        if (wasSlow) await slow.promise
        return found
      },
    })
    await using store = await memoryStore({ catalogue })
    const { id } = await store.put(bytes)
    isSlow = true
    const getting = store.get(id)
    isSlow = false
    await store.delete(id)
    const collecting = store.collectGarbage()
    for (let turn = 0; turn < 2_000; turn++) await Promise.resolve()
    slow.resolve()
    expect((await collecting).chunksForgotten).toBe(0)
    expect(Buffer.compare(await readAll(await getting), bytes)).toBe(0)
    await inner[Symbol.asyncDispose]()
  })

  test('keeps a download that goes on, of which not all is here, until nobody waits for it any more', async () => {
    const clock = new ManualClock()
    await using store = await memoryStore({ clock })
    const { id } = await store.put(bytes)
    const row = await store.resolve(id)
    if (row === undefined) throw new Error('it was put')
    const { catalogue } = store.vault
    const untilMs = clock.wallNow() + 1_000
    await catalogue.commit([{ type: 'set-partial', partial: { ...row, untilMs } }])
    await store.delete(id)
    const [place] = await catalogue.places([row.root])
    expect((await store.collectGarbage()).chunksForgotten).toBe(0)
    clock.advance(2_000)
    expect((await store.collectGarbage()).chunksForgotten).toBeGreaterThan(20)
    expect([place === undefined, await catalogue.partials()]).toEqual([false, []])
  })

  test('refuses to take anything while a list cannot be read, until that blob is deleted', async () => {
    await using store = await memoryStore()
    const { id } = await store.put(bytes, { name: 'hurt' })
    const gone = await store.put(content(5, 8_000))
    await store.delete(gone.id)
    const row = await store.resolve(id)
    if (row === undefined) throw new Error('it was put')
    const [place] = await store.vault.catalogue.places([row.root])
    if (place === undefined) throw new Error('it is there')
    await store.vault.catalogue.commit([{ type: 'drop-chunks', chunks: [{ id: row.root, place }] }])
    const before = await store.stats()
    expect(await refusalOf(store.collectGarbage())).toBe('unavailable')
    expect((await store.stats()).chunks).toBe(before.chunks)
    await store.delete(id)
    expect((await store.collectGarbage()).chunksForgotten).toBeGreaterThan(20)
  })

  test('goes below a list that a download has looked for meanwhile', async () => {
    const inner = inlineCatalogue()
    let atFirstPage = (): Promise<void> => Promise.resolve()
    const catalogue = overridden(inner, {
      async blobs(page) {
        await atFirstPage()
        return inner.blobs(page)
      },
    })
    await using store = await memoryStore({ catalogue })
    const { id } = await store.put(bytes)
    await store.collectGarbage()
    const row = await store.resolve(id)
    atFirstPage = async () => {
      await using session = store.vault.session()
      expect(await session.missing(row === undefined ? [] : [row.root])).toEqual([])
    }
    expect((await store.collectGarbage()).chunksForgotten).toBe(0)
    await assertHolds(store, id, bytes)
    await store[Symbol.asyncDispose]()
    await inner[Symbol.asyncDispose]()
  })

  test('goes through many blobs in pages, and shares what they share', async () => {
    await using store = await memoryStore({ limits: { pageRows: 3 } })
    const blobs = Array.from({ length: 20 }, (_, index) => {
      const changed = bytes.slice()
      changed[index * 900] = 0
      return changed
    })
    const ids: string[] = []
    for (const blob of blobs) ids.push((await store.put(blob)).id)
    expect((await store.collectGarbage()).chunksForgotten).toBe(0)
    for (const id of ids.slice(1)) await store.delete(id)
    await store.collectGarbage()
    await assertHolds(store, ids[0] ?? '', blobs[0] ?? bytes)
  })
})
