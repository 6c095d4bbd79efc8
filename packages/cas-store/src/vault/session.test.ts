import { describe, expect, test } from 'vitest'
import type { CatalogueChange } from '../catalogue/contract.ts'
import type { BlobId, ChunkId } from '../types.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

const blobNamed = (root: ChunkId): CatalogueChange => ({
  type: 'add-blob',
  blob: { id: 'bb'.repeat(32) as BlobId, size: 0, depth: 0, root, putAtMs: 0 },
})

describe('a session', () => {
  test('makes nothing on the disk before something is added', async () => {
    const bench = new VaultBench()
    await using session = bench.vault.session()
    await session.commit([])
    await bench.vault.usage()
    expect(bench.memory.paths()).toEqual([])
  })

  test('gives back what it has committed, in any order, also after a power cut', async () => {
    const bench = new VaultBench()
    const contents = Array.from({ length: 40 }, (_, index) => bench.bytes(index, 1 + index * 20))
    const ids = await bench.put(...contents)
    const wanted = ids.map((id, index) => ({ id, kind: 'data' as const, size: 1 + index * 20 }))
    expect(await bench.vault.read(wanted, {})).toEqual(contents)
    bench.memory.crash(bench.prng)
    bench.restart()
    expect(await bench.vault.read(wanted.toReversed(), {})).toEqual(contents.toReversed())
    expect(bench.packs().length).toBeGreaterThan(3)
  })

  test('says what was known, and what the rest takes on the disk', async () => {
    const bench = new VaultBench()
    await bench.put(bench.bytes(1))
    await using session = bench.vault.session()
    const [known, stored, again] = await session.add('data', [bench.bytes(1), bench.bytes(2), bench.bytes(2)])
    expect(known).toMatchObject({ isKnown: true, bytesStored: 0 })
    expect(stored).toMatchObject({ isKnown: false, bytesStored: 300 + 40 + 44 })
    expect(again).toEqual({ id: stored?.id, isKnown: true, bytesStored: 0 })
    await session.commit([])
    const [list] = await session.add('list', [bench.bytes(1)])
    expect(list, 'of another kind it is another chunk').toMatchObject({ isKnown: false })
  })

  test('commits the chunks and what stands upon them at once', async () => {
    const bench = new VaultBench()
    await using session = bench.vault.session()
    const [added] = await session.add('data', [bench.bytes(1)])
    const calls: (readonly CatalogueChange[])[] = []
    const commit = bench.catalogue.commit.bind(bench.catalogue)
    bench.catalogue.commit = (changes) => (calls.push(changes), commit(changes))
    await session.commit([blobNamed(added?.id as ChunkId)])
    expect(calls.map((changes) => changes.map(({ type }) => type))).toEqual([['add-chunks', 'add-blob']])
    await session.commit([])
    expect(calls).toHaveLength(1)
  })

  test('waits in its commit for what is being added', async () => {
    const bench = new VaultBench()
    await using session = bench.vault.session()
    const adding = session.add('data', [bench.bytes(1)])
    await session.commit([])
    const [added] = await adding
    expect(await bench.get(added?.id as ChunkId)).toEqual(bench.bytes(1))
  })

  test('lets the catalogue know in between when it is long', async () => {
    const bench = new VaultBench({ rowsPendingMax: 4 })
    await using session = bench.vault.session()
    for (let index = 0; index < 40; index++) await session.add('data', [bench.bytes(index)])
    expect(bench.tables.chunks.size).toBeGreaterThanOrEqual(32)
    await session.commit([])
    expect(bench.tables.chunks.size).toBe(40)
  })

  test('that ends without a commit leaves nothing but dead weight', async () => {
    const bench = new VaultBench()
    const session = bench.vault.session()
    const adding = session.add('data', [bench.bytes(1)])
    await session[Symbol.asyncDispose]()
    const [added] = await adding
    expect(bench.tables.chunks.size).toBe(0)
    await expect(bench.get(added?.id as ChunkId)).rejects.toMatchObject({ code: 'not-found' })
    await expect(session.add('data', [])).rejects.toMatchObject({ code: 'closed' })
    await expect(session.commit([])).rejects.toMatchObject({ code: 'closed' })
    // Nobody takes its bytes for stored.
    const [id] = await bench.put(bench.bytes(1))
    expect(await bench.get(id as ChunkId)).toEqual(bench.bytes(1))
  })

  test('takes what others send only if it is what it is called', async () => {
    const bench = new VaultBench()
    const [id] = await bench.put(bench.bytes(1))
    await using session = bench.vault.session()
    const honest = { id: id as ChunkId, bytes: bench.bytes(1) }
    const lie = { id: id as ChunkId, bytes: bench.bytes(2) }
    const before = bench.tables.chunks.size
    await expect(session.take('data', [honest, lie])).rejects.toMatchObject({ code: 'wrong-chunk' })
    await expect(session.take('list', [honest])).rejects.toMatchObject({ code: 'wrong-chunk' })
    await session.take('data', [honest])
    await session.commit([])
    expect(bench.tables.chunks.size).toBe(before)
  })

  test('knows what is missing, and counts what it has itself', async () => {
    const bench = new VaultBench()
    const [known] = await bench.put(bench.bytes(1))
    await using session = bench.vault.session()
    const [added] = await session.add('data', [bench.bytes(2)])
    const other = 'ee'.repeat(32) as ChunkId
    expect(await session.missing([other, known as ChunkId, added?.id as ChunkId])).toEqual([other])
  })

  test('releases the bytes when nobody reads them any more', async () => {
    const bench = new VaultBench()
    await using session = bench.vault.session()
    const bytes = bench.bytes(1)
    const release = (): void => void bytes.fill(0)
    const [added] = await session.add('data', [bytes], { release })
    expect(bytes).toEqual(new Uint8Array(300))
    await session.commit([])
    expect(await bench.get(added?.id as ChunkId)).toEqual(bench.bytes(1))
  })

  test('is one of a limited number', async () => {
    const bench = new VaultBench({ sessionsMax: 1 })
    const session = bench.vault.session()
    expect(() => bench.vault.session()).toThrow('1 sessions write already')
    await session[Symbol.asyncDispose]()
    await bench.vault.session()[Symbol.asyncDispose]()
  })

  test('has as many bytes under way as it may, and goes on when they are written', async () => {
    const bench = new VaultBench({ bytesUnderWayMax: 700 })
    await using session = bench.vault.session()
    const adding = Array.from({ length: 20 }, (_, index) => session.add('data', [bench.bytes(index)]))
    await Promise.all(adding)
    await session.commit([])
    expect(bench.tables.chunks.size).toBe(20)
  })
})

describe('when the disk is full', () => {
  test('nothing acknowledged is harmed, and the next put of the same content works when there is room', async () => {
    const bench = new VaultBench()
    const [kept] = await bench.put(bench.bytes(1))
    bench.memory.capacityBytes = 500
    const session = bench.vault.session()
    const adding = session.add('data', [bench.bytes(2, 900)])
    await adding
    await expect(session.commit([])).rejects.toMatchObject({ code: 'disk-full' })
    await expect(session.add('data', [bench.bytes(3)])).rejects.toMatchObject({ code: 'disk-full' })
    bench.memory.capacityBytes = Infinity
    // The session that has failed is not over yet, and what it could not store is nothing to rely upon.
    const [id] = await bench.put(bench.bytes(2, 900))
    await session[Symbol.asyncDispose]()
    expect(await bench.get(id as ChunkId, 900)).toEqual(bench.bytes(2, 900))
    expect(await bench.get(kept as ChunkId)).toEqual(bench.bytes(1))
  })
})
