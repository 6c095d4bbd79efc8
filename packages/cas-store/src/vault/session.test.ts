import { describe, expect, test } from 'vitest'
import type { CatalogueChange } from '../catalogue/contract.ts'
import { packPath } from '../packs/index.ts'
import type { BlobId, ChunkId, PackId } from '../types.ts'
import { memoryDisk } from '@flotilla/core/testing'
import { VaultBench } from './doubles/node-vault-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const blobNamed = (root: ChunkId): CatalogueChange => ({
  type: 'add-blob',
  blob: { id: 'bb'.repeat(32) as BlobId, size: 0, depth: 0, root, putAtMs: 0 },
})

/** Bytes of records on the disk, of all packs. */
async function recordBytesOnDisk(bench: VaultBench): Promise<number> {
  const { bytes, packs } = await bench.vault.usage()
  return bytes - packs * 32
}

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

describe('two sessions with the same chunk', () => {
  test('store it once, and each commit waits for its bytes', async () => {
    const bench = new VaultBench()
    await using one = bench.vault.session()
    await using other = bench.vault.session()
    const [[mine], [theirs]] = await Promise.all([
      one.add('data', [bench.bytes(1)]),
      other.add('data', [bench.bytes(1)]),
    ])
    expect([mine?.isKnown, theirs?.isKnown]).toEqual([false, true])
    await other.commit([])
    // The first one never commits, and the power is cut.
    bench.memory.crash(bench.prng)
    bench.restart()
    expect(await bench.get(theirs?.id as ChunkId)).toEqual(bench.bytes(1))
    expect(await recordBytesOnDisk(bench)).toBe(384)
  })

  test('it is the second one that stores it when the first one gives up before', async () => {
    const bench = new VaultBench()
    const one = bench.vault.session()
    const failing = new Error('the workshop burns')
    const { workshop } = bench
    const seal = workshop.seal.bind(workshop)
    let isFirst = true
    workshop.seal = async (chunks) => {
      const fails = isFirst
      isFirst = false
      await turn()
      if (fails) throw failing
      return seal(chunks)
    }
    const first = one.add('data', [bench.bytes(1)]).catch((error: unknown) => error)
    await using other = bench.vault.session()
    const [added] = await other.add('data', [bench.bytes(1)])
    expect(await first).toBe(failing)
    expect(added?.isKnown).toBe(false)
    await other.commit([])
    await one[Symbol.asyncDispose]()
    expect(await bench.get(added?.id as ChunkId)).toEqual(bench.bytes(1))
  })

  test('a third one that comes after the first has given up has it all the same', async () => {
    const bench = new VaultBench()
    const one = bench.vault.session()
    await one.add('data', [bench.bytes(1)])
    await using other = bench.vault.session()
    await other.add('data', [bench.bytes(1)])
    await one[Symbol.asyncDispose]()
    const ids = await bench.put(bench.bytes(1))
    await other.commit([])
    bench.memory.crash(bench.prng)
    bench.restart()
    expect(await bench.get(ids[0] as ChunkId)).toEqual(bench.bytes(1))
    expect(await recordBytesOnDisk(bench)).toBe(384)
  })

  test('what one was told to be known is touched by the other too', async () => {
    const bench = new VaultBench()
    const [id] = await bench.put(bench.bytes(1))
    bench.restart()
    // Both ask in the same moment; the first one's touch happens in an older generation than the second one's lease.
    const one = bench.vault.session()
    const touched: (readonly ChunkId[])[] = []
    const touch = bench.catalogue.touch.bind(bench.catalogue)
    bench.catalogue.touch = async (ids) => {
      touched.push(ids)
      const places = await touch(ids)
      if (touched.length === 1) await bench.vault.collection().then((collection) => collection[Symbol.asyncDispose]())
      return places
    }
    const first = one.add('data', [bench.bytes(1)])
    while (bench.catalogue.generation === 0) await turn()
    await using other = bench.vault.session()
    const second = other.add('data', [bench.bytes(1)])
    await Promise.all([first, second])
    await one[Symbol.asyncDispose]()
    await bench.collect([])
    expect(await bench.get(id as ChunkId)).toEqual(bench.bytes(1))
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

describe('a vault', () => {
  test('that is closed refuses everything, and can be opened again', async () => {
    const bench = new VaultBench()
    const [id] = await bench.put(bench.bytes(1))
    const session = bench.vault.session()
    await bench.vault[Symbol.asyncDispose]()
    expect(() => bench.vault.session()).toThrow('is closed')
    await expect(session.add('data', [])).rejects.toMatchObject({ code: 'closed' })
    await expect(bench.vault.collection()).rejects.toMatchObject({ code: 'closed' })
    await expect(bench.vault.usage()).rejects.toMatchObject({ code: 'closed' })
    await bench.disk[Symbol.asyncDispose]()
    bench.restart()
    expect(await bench.get(id as ChunkId)).toEqual(bench.bytes(1))
  })

  test('names what it cannot read, and why', async () => {
    const bench = new VaultBench()
    const [id] = await bench.put(bench.bytes(1))
    const chunk = id as ChunkId
    await expect(bench.get(chunk, 299)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(bench.vault.read([{ id: chunk, kind: 'list', size: 0 }], {})).rejects.toMatchObject({
      code: 'corrupt',
    })
    const [path] = bench.packs()
    bench.memory.rot(path as never, bench.prng, { from: 100 })
    await expect(bench.get(chunk)).rejects.toThrow(chunk)
    await expect(bench.get(chunk)).rejects.toMatchObject({ code: 'corrupt' })
    await bench.vault[Symbol.asyncDispose]()
    await bench.disk.remove(packPath(bench.tables.chunks.get(chunk)?.place.pack as PackId))
    await bench.disk[Symbol.asyncDispose]()
    bench.restart()
    await expect(bench.get(chunk)).rejects.toThrow('the file of its pack is missing')
    await expect(bench.get(chunk)).rejects.toMatchObject({ code: 'corrupt' })
    const aborted = bench.vault.read([{ id: chunk, kind: 'data', size: 300 }], { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('reads what it can where the disk cannot read what lies between', async () => {
    const bad = { from: Infinity }
    const memory = memoryDisk({
      faults: {
        begin: ({ type, position, bytes }, finish) => {
          const isHit = type === 'read' && position <= bad.from && position + bytes > bad.from
          finish(isHit ? { code: 'io-failed' } : undefined)
        },
      },
    })
    const bench = new VaultBench({ readGapBytesMax: 1_000 }, memory)
    const ids = await bench.put(bench.bytes(1), bench.bytes(2), bench.bytes(3))
    bad.from = (bench.tables.chunks.get(ids[1] as ChunkId)?.place.position ?? 0) + 9
    const wanted = ids.map((id) => ({ id, kind: 'data' as const, size: 300 }))
    const around = wanted.filter((_, index) => index !== 1)
    expect(await bench.vault.read(around, {})).toEqual([bench.bytes(1), bench.bytes(3)])
    await expect(bench.vault.read(wanted, {})).rejects.toMatchObject({ code: 'io-failed' })
  })
})
