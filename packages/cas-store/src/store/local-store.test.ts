import { diskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryDisk, RecordingLogger } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { inlineCatalogue } from '../catalogue/node-inline-catalogue.ts'
import { assertHolds, content, read, refusalOf, stream, text } from '../testing/conformance/content.ts'
import type { KeyEpoch } from '../types.ts'
import type { ChunkSink } from '../tree/contract.ts'
import { memoryStore } from './testing/node-memory-store.ts'
import { overridden } from './testing/overridden.ts'
import { rebuiltNote } from './rebuilding/rebuilt-note.ts'

const bytes = content(1, 8_000)

async function settled(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (turn % 50 === 0 && (await condition())) return
    await Promise.resolve()
  }
  throw new Error('it did not come to pass')
}

describe('putting', () => {
  test('says what was known and what was stored', async () => {
    await using store = await memoryStore()
    const first = await store.put(bytes)
    expect(first.bytesKnown).toBe(0)
    expect(first.bytesStored).toBeGreaterThan(8_000)
    const again = await store.put(bytes)
    expect(again).toEqual({ ...first, bytesKnown: 8_000, bytesStored: 0 })
    const changed = bytes.slice()
    changed[4_000] = 1
    const other = await store.put(changed)
    expect(other.bytesKnown).toBeGreaterThan(5_000)
    expect(other.bytesKnown).toBeLessThan(8_000)
  })

  test('shows every chunk to a tee, and commits what is to come with the blob', async () => {
    await using store = await memoryStore()
    let seen = 0
    const tee = (sink: ChunkSink): ChunkSink => ({
      add(kind, chunks, options) {
        if (kind === 'data') for (const chunk of chunks) seen += chunk.length
        return sink.add(kind, chunks, options)
      },
    })
    const { id } = await store.put(bytes, { tee, also: (blob) => [{ type: 'set-note', key: 'k', value: blob.id }] })
    expect([seen, await store.vault.catalogue.note('k')]).toEqual([8_000, id])
  })

  test('refuses more at once than the limit, and takes them again later', async () => {
    await using store = await memoryStore({ limits: { putsMax: 2 } })
    const puts = [1, 2, 3].map((seed) => store.put(stream(content(seed, 2_000), 100)))
    const refusals = await Promise.all(puts.map(refusalOf))
    expect(refusals.toSorted()).toEqual(['nothing', 'nothing', 'overloaded'])
    await store.put(bytes)
  })

  test('takes so many streams, refuses one more, and lets files wait', async () => {
    await using store = await memoryStore({ limits: { streamsMax: 1 } })
    const open = Promise.withResolvers<void>()
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes
      await open.promise
    }
    const first = store.put(slow())
    expect(await refusalOf(store.put(stream(bytes, 100)))).toBe('overloaded')
    const cancel = new AbortController()
    const fill = (): Promise<number> => Promise.resolve(0)
    const given = store.put({ fill }, { signal: cancel.signal })
    const waiting = store.put({ fill })
    cancel.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    await store.put(text('a small one'))
    open.resolve()
    await first
    expect((await waiting).size).toBe(0)
    await store.put(stream(bytes, 100))
  })

  test('refuses where there is no room, before anything is written', async () => {
    const disk = memoryDisk()
    await using store = await memoryStore({ disk: disk.open() })
    await store.put(bytes)
    disk.capacityBytes = 1
    expect(await refusalOf(store.put(content(2, 8_000), { name: 'a' }))).toBe('disk-full')
    expect(await store.list()).toEqual([])
    disk.capacityBytes = Infinity
    await store.put(content(2, 8_000), { name: 'a' })
    await assertHolds(store, 'a', content(2, 8_000))
  })
})

describe('reading', () => {
  test('refuses more readers than the limit, until one has gone or is idle', async () => {
    const clock = new ManualClock()
    await using store = await memoryStore({ clock, limits: { readersMax: 2, readerIdleMs: 1_000 } })
    const { id } = await store.put(bytes)
    await store.get(id)
    await store.get(id)
    expect(await refusalOf(store.get(id))).toBe('overloaded')
    clock.advance(1_001)
    await assertHolds(store, id, bytes)
  })

  test('never gives a wrong byte: what is damaged is told', async () => {
    const disk = memoryDisk()
    await using store = await memoryStore({ disk: disk.open() })
    const { id } = await store.put(bytes)
    const [pack] = disk.paths().filter((path) => path.startsWith('packs/'))
    for (let seed = 1; seed <= 20; seed++) disk.rot(diskPath(pack ?? ''), new Prng(seed), { from: 64 })
    expect(['corrupt', 'unavailable']).toContain(await refusalOf(read(store, id)))
  })

  test('a name that moves on to another blob while the old one is deleted is always found', async () => {
    const inner = inlineCatalogue()
    const gate = Promise.withResolvers<void>()
    let looks = 0
    const catalogue = overridden(inner, {
      async name(name) {
        const found = await inner.name(name)
        if (looks++ === 0) await gate.promise
        return found
      },
    })
    await using store = await memoryStore({ catalogue })
    const first = await store.put(text('one'), { name: 'a' })
    const looking = store.stat('a')
    const second = await store.put(text('two'), { name: 'a' })
    await store.delete(first.id)
    gate.resolve()
    expect((await looking)?.id).toBe(second.id)
    await store[Symbol.asyncDispose]()
    await inner[Symbol.asyncDispose]()
  })
})

test('what is pinned while it is being deleted is not deleted, or not pinned', async () => {
  const inner = inlineCatalogue()
  const gate = Promise.withResolvers<void>()
  const catalogue = overridden(inner, {
    async isPinned(id) {
      const isPinned = await inner.isPinned(id)
      await gate.promise
      return isPinned
    },
  })
  await using store = await memoryStore({ catalogue })
  const { id } = await store.put(bytes)
  const deleting = refusalOf(store.delete(id))
  const pinning = refusalOf(store.pin(id))
  for (let turn = 0; turn < 1_000; turn++) await Promise.resolve()
  gate.resolve()
  expect([await deleting, await pinning]).toEqual(['nothing', 'not-found'])
  await store[Symbol.asyncDispose]()
  await inner[Symbol.asyncDispose]()
})

describe('keys', () => {
  test('a rotation is for new chunks at once, and for old ones in the background', async () => {
    await using store = await memoryStore({ background: true })
    await store.put(bytes, { name: 'a' })
    expect(await store.rotateKey()).toBe(2)
    await settled(async () => (await store.stats()).chunksWithOlderKeys === 0)
    expect((await store.stats()).keyEpoch).toBe(2)
    await assertHolds(store, 'a', bytes)
  })

  test('are written again when a check takes damaged rows out of the catalogue', async () => {
    const inner = inlineCatalogue()
    const damage = { table: 'keys', row: '1', why: 'planted' }
    const catalogue = overridden(inner, {
      verify: () => Promise.resolve([damage]),
      async mend() {
        await inner.commit([{ type: 'remove-key', epoch: 1 as KeyEpoch }])
        return [damage]
      },
    })
    await using store = await memoryStore({ catalogue })
    const before = await inner.keys()
    await store.check({ mendCatalogue: false })
    await store.check()
    expect(await inner.keys()).toEqual(before)
    await store[Symbol.asyncDispose]()
    await inner[Symbol.asyncDispose]()
  })

  test('what is not sealed again yet is sealed in the next life, and then the old key goes', async () => {
    const disk = memoryDisk().open()
    const catalogue = inlineCatalogue()
    {
      await using store = await memoryStore({ disk, catalogue })
      await store.put(bytes, { name: 'a' })
      await store.rotateKey()
      await store[Symbol.asyncDispose]()
    }
    await using store = await memoryStore({ disk, catalogue, background: true })
    await settled(async () => (await catalogue.keys()).length === 1)
    expect((await store.stats()).chunksWithOlderKeys).toBe(0)
    await assertHolds(store, 'a', bytes)
    expect((await store.check()).damaged).toBe(0)
  })
})

test('what was deleted is collected in the background', async () => {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const limits = { collectEveryMs: 60_000 }
  await using store = await memoryStore({ clock, logger, background: true, limits })
  await store.put(bytes, { name: 'a' })
  await store.delete('a')
  await settled(() => clock.timersWaiting > 1)
  expect((await store.stats()).chunks).toBeGreaterThan(0)
  clock.advance(60_000)
  await settled(() => logger.entries.some(({ message }) => message === 'what nobody needs any more was collected'))
  expect((await store.stats()).chunks).toBe(0)
})

test('nothing is collected in the background as long as others may not have said what there is', async () => {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const catalogue = inlineCatalogue()
  const limits = { collectEveryMs: 60_000, rebuiltKeptMs: 100_000 }
  await using store = await memoryStore({ clock, logger, catalogue, background: true, limits })
  await store.put(bytes, { name: 'a' })
  await store.delete('a')
  await catalogue.commit([{ type: 'set-note', key: rebuiltNote, value: String(clock.wallNow()) }])
  const hears = async (part: string): Promise<void> => {
    await settled(() => clock.timersWaiting > 1)
    clock.advance(60_000)
    await settled(() => logger.entries.some(({ message }) => message.includes(part)))
  }
  await hears('the catalogue was rebuilt')
  expect((await store.stats()).chunks).toBeGreaterThan(0)
  await hears('was collected')
  expect((await store.stats()).chunks).toBe(0)
})

describe('the scrub in the background', () => {
  test('comes when it is due, over restarts, and tells of damage', async () => {
    const clock = new ManualClock()
    const memory = memoryDisk()
    const disk = memory.open()
    const catalogue = inlineCatalogue()
    const logger = new RecordingLogger()
    const options = { clock, disk, catalogue, logger, background: true, limits: { scrubEveryMs: 10_000 } }
    const scrubs = (): number => logger.entries.filter(({ message }) => message === 'everything was read again').length
    {
      await using store = await memoryStore(options)
      await store.put(bytes)
      await settled(() => clock.timersWaiting > 1)
      clock.advance(9_000)
    }
    expect(scrubs()).toBe(0)
    await using _store = await memoryStore(options)
    await settled(() => clock.timersWaiting > 1)
    const [pack] = memory.paths().filter((path) => path.startsWith('packs/'))
    memory.rot(diskPath(pack ?? ''), new Prng(1), { from: 64 })
    clock.advance(1_000)
    await settled(() => scrubs() === 1)
    expect(logger.entries.filter(({ level }) => level === 'error')).not.toEqual([])
  })

  test('is tried again when it failed', async () => {
    const clock = new ManualClock()
    const inner = inlineCatalogue()
    let fails = 1
    const catalogue = overridden(inner, {
      packs: () => (fails-- > 0 ? Promise.reject(new Error('planted')) : inner.packs()),
    })
    const logger = new RecordingLogger()
    const limits = { scrubEveryMs: 5_000, retryPauseMs: 1_000 }
    await using store = await memoryStore({ clock, catalogue, logger, background: true, limits })
    await store.put(bytes)
    for (let second = 0; second < 20; second++) {
      await settled(() => clock.timersWaiting > 1)
      clock.advance(1_000)
    }
    await settled(() => logger.entries.some(({ message }) => message === 'everything was read again'))
    expect(logger.entries.some(({ message }) => message === 'work in the background has a bug')).toBe(true)
    await store[Symbol.asyncDispose]()
    await inner[Symbol.asyncDispose]()
  })
})
