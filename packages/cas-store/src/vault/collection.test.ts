import { describe, expect, test } from 'vitest'
import { packPath } from '../packs/index.ts'
import type { ChunkId, PackId } from '../types.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Forty chunks in packs of ten, all of another life, so that none of them is held. */
async function filled(limits: ConstructorParameters<typeof VaultBench>[0] = {}): Promise<{
  readonly bench: VaultBench
  readonly ids: readonly ChunkId[]
}> {
  const bench = new VaultBench(limits)
  const ids = await bench.put(...Array.from({ length: 40 }, (_, index) => bench.bytes(index)))
  await bench.vault[Symbol.asyncDispose]()
  await bench.disk[Symbol.asyncDispose]()
  bench.restart()
  return { bench, ids }
}

const packOf = (bench: VaultBench, id: ChunkId | undefined): PackId =>
  bench.tables.chunks.get(id as ChunkId)?.place.pack as PackId

describe('a collection', () => {
  test('forgets what was not named, gives the disk back, and keeps the rest readable', async () => {
    const { bench, ids } = await filled()
    const before = await bench.vault.usage()
    const keep = ids.filter((_, index) => index % 7 === 0)
    const report = await bench.collect(keep)
    const after = await bench.vault.usage()
    expect(report).toMatchObject({ chunksForgotten: 34, bytesForgotten: 34 * 384, packsRemoved: before.packs })
    for (const [index, id] of keep.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index * 7))
    for (const id of ids.filter((_, index) => index % 7 !== 0)) {
      await expect(bench.get(id)).rejects.toMatchObject({ code: 'not-found' })
    }
    expect(before.bytes - after.bytes).toBeGreaterThan(34 * 384 - 100)
    expect(after.bytesLive).toBe(6 * 384)
    bench.memory.crash(bench.prng)
    bench.restart()
    for (const id of keep) await bench.get(id)
  })

  test('leaves packs of which enough is needed, and those that are being written', async () => {
    const { bench, ids } = await filled({ livePercentMin: 50, growingLivePercentMin: 0 })
    const packs = bench.packs()
    const fresh = await bench.put(bench.bytes(100), bench.bytes(101))
    // Of each pack of ten, six stay.
    await bench.collect([...ids.filter((_, index) => index % 10 < 6), ...fresh.slice(0, 1)])
    expect(bench.packs()).toEqual(expect.arrayContaining([...packs]))
    expect(await bench.get(fresh[0] as ChunkId)).toEqual(bench.bytes(100))
  })

  test('removes packs that a crash has left without any row', async () => {
    const bench = new VaultBench()
    const session = bench.vault.session()
    await session.add('data', [bench.bytes(1)])
    await turn()
    expect(bench.packs()).toHaveLength(1)
    bench.restart()
    const report = await bench.collect([])
    expect(report).toMatchObject({ packsRemoved: 1, chunksForgotten: 0 })
    expect(bench.packs()).toEqual([])
  })

  test('does not take a pack for an orphan whose rows are just being committed', async () => {
    const bench = new VaultBench()
    const session = bench.vault.session()
    const [added] = await session.add('data', [bench.bytes(1, 4_000)])
    await session.add('data', [bench.bytes(2, 4_000)])
    const packs = bench.catalogue.packs.bind(bench.catalogue)
    bench.catalogue.packs = async () => {
      const uses = await packs()
      await session.commit([])
      await session[Symbol.asyncDispose]()
      await turn()
      return uses
    }
    await bench.collect([])
    expect(await bench.get(added?.id as ChunkId, 4_000)).toEqual(bench.bytes(1, 4_000))
  })

  test('keeps what a session has touched, from before the marking and behind it', async () => {
    const { bench, ids } = await filled()
    const early = bench.vault.session()
    await early.missing([ids[0] as ChunkId])
    const collection = await bench.vault.collection()
    const late = bench.vault.session()
    await late.add('data', [bench.bytes(1)])
    const ended = bench.vault.session()
    await ended.add('data', [bench.bytes(2)])
    await ended[Symbol.asyncDispose]()
    await early.missing([ids[3] as ChunkId])
    await early[Symbol.asyncDispose]()
    const report = await collection.finish({})
    expect(report.chunksForgotten).toBe(36)
    for (const index of [0, 1, 2, 3]) expect(await bench.get(ids[index] as ChunkId)).toEqual(bench.bytes(index))
    // The first is older than the one session that runs still.
    expect(await bench.collect([])).toMatchObject({ chunksForgotten: 1 })
    await late[Symbol.asyncDispose]()
    expect(await bench.collect([])).toMatchObject({ chunksForgotten: 3 })
  })

  test('joins small packs when there are many: each life begins one', async () => {
    const bench = new VaultBench({ packBytesMax: 16 * 2_000, smallPacksMax: 4 })
    const ids: ChunkId[] = []
    for (let life = 0; life < 6; life++) {
      ids.push(...(await bench.put(bench.bytes(life))))
      expect(await bench.collect(ids)).toMatchObject({ packsRemoved: life < 5 ? 0 : 5 })
      await bench.vault[Symbol.asyncDispose]()
      await bench.disk[Symbol.asyncDispose]()
      bench.restart()
    }
    expect(bench.packs()).toHaveLength(1)
    for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
  })

  test('asks to descend where a session has only touched', async () => {
    const { bench, ids } = await filled()
    await using collection = await bench.vault.collection()
    await using session = bench.vault.session()
    await session.missing(ids)
    const two = ids.slice(0, 2)
    expect(await collection.mark([...two, ...two])).toEqual(two)
    expect(await collection.mark(two)).toEqual([])
  })

  test('changes nothing when it is given up, and there is one at a time', async () => {
    const { bench, ids } = await filled()
    const collection = await bench.vault.collection()
    await expect(bench.vault.collection()).rejects.toMatchObject({ code: 'overloaded' })
    await collection[Symbol.asyncDispose]()
    await expect(collection.finish({})).rejects.toMatchObject({ code: 'closed' })
    await expect(collection.mark([])).rejects.toMatchObject({ code: 'closed' })
    for (const id of ids) await bench.get(id)
    const next = await bench.vault.collection()
    await expect(next.finish({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    await next[Symbol.asyncDispose]()
    await (await bench.vault.collection())[Symbol.asyncDispose]()
  })
})

describe('the pack that is being written', () => {
  test('is ended when much of it is not needed, so that the room comes back at once', async () => {
    const bench = new VaultBench()
    const gone = await bench.put(...[1, 2, 3, 4].map((seed) => bench.bytes(seed)))
    expect(await bench.collect([])).toMatchObject({ packsRemoved: 1, bytesFreed: 32 + 4 * 384 })
    expect(bench.packs()).toEqual([])
    const ids = await bench.put(...[5, 6, 7, 8].map((seed) => bench.bytes(seed)))
    expect(await bench.collect(ids.slice(0, 1))).toMatchObject({ packsRemoved: 1, bytesFreed: 32 + 3 * 384 })
    expect(bench.packs()).toHaveLength(1)
    expect(await bench.get(ids[0] as ChunkId)).toEqual(bench.bytes(5))
    await expect(bench.get(gone[0] as ChunkId)).rejects.toMatchObject({ code: 'not-found' })
    bench.memory.crash(bench.prng)
    bench.restart()
    expect(await bench.get(ids[0] as ChunkId)).toEqual(bench.bytes(5))
  })

  test('goes on where enough of it is needed', async () => {
    const bench = new VaultBench()
    const ids = await bench.put(...[1, 2, 3, 4].map((seed) => bench.bytes(seed)))
    expect(await bench.collect(ids.slice(0, 3))).toMatchObject({ chunksForgotten: 1, packsRemoved: 0 })
    const more = await bench.put(bench.bytes(5))
    expect(packOf(bench, more[0])).toBe(packOf(bench, ids[0]))
  })

  test('goes on while a session relies on it, and when more was written to it meanwhile', async () => {
    const bench = new VaultBench()
    await bench.put(bench.bytes(1))
    const session = bench.vault.session()
    const [added] = await session.add('data', [bench.bytes(2)])
    expect(await bench.collect([])).toMatchObject({ packsRemoved: 0 })
    await session.add('data', [bench.bytes(5)])
    expect(bench.packs()).toHaveLength(1)
    await session.commit([])
    await session[Symbol.asyncDispose]()
    const packs = bench.catalogue.packs.bind(bench.catalogue)
    let late: readonly ChunkId[] = []
    bench.catalogue.packs = async () => {
      bench.catalogue.packs = packs
      const uses = await packs()
      late = await bench.put(bench.bytes(3), bench.bytes(4))
      return uses
    }
    expect(await bench.collect([])).toMatchObject({ chunksForgotten: 3, packsRemoved: 0 })
    const [later] = await bench.put(bench.bytes(6))
    expect(packOf(bench, later)).toBe(packOf(bench, late[0]))
    for (const [index, id] of late.entries()) expect(await bench.get(id)).toEqual(bench.bytes(3 + index))
    await expect(bench.get(added?.id as ChunkId)).rejects.toMatchObject({ code: 'not-found' })
    expect(await bench.collect([])).toMatchObject({ chunksForgotten: 3, packsRemoved: 1 })
  })
})

describe('while packs are written anew', () => {
  test('a reader that has looked a chunk up before finds it where it is', async () => {
    const { bench, ids } = await filled()
    const places = bench.catalogue.places.bind(bench.catalogue)
    let looks = 0
    bench.catalogue.places = async (wanted) => {
      const found = await places(wanted)
      if (++looks === 1) await bench.collect([ids[0] as ChunkId])
      return found
    }
    expect(await bench.get(ids[0] as ChunkId)).toEqual(bench.bytes(0))
    expect(looks).toBe(2)
  })

  test('and the chunk is deleted meanwhile, it is not there rather than damaged', async () => {
    const { bench, ids } = await filled()
    const places = bench.catalogue.places.bind(bench.catalogue)
    let looks = 0
    bench.catalogue.places = async (wanted) => {
      const found = await places(wanted)
      if (++looks === 1) await bench.collect([])
      return found
    }
    await expect(bench.get(ids[0] as ChunkId)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('who comes late again and again is told so in the end', async () => {
    const { bench, ids } = await filled({ livePercentMin: 100, looksMax: 3 })
    const places = bench.catalogue.places.bind(bench.catalogue)
    bench.catalogue.places = async (wanted) => {
      const found = await places(wanted)
      // The pack under way is left alone, so each time another one is begun.
      await bench.put(bench.prng.bytes(4_000))
      await bench.put(bench.prng.bytes(4_000))
      await turn()
      await bench.collect([ids[0] as ChunkId])
      return found
    }
    await expect(bench.get(ids[0] as ChunkId)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('what is damaged stays where it is, for a scrub to tell', async () => {
    const { bench, ids } = await filled()
    const hurt = ids[3] as ChunkId
    const place = bench.tables.chunks.get(hurt)?.place
    const path = packPath(packOf(bench, hurt))
    bench.memory.rot(path, bench.prng, { from: (place?.position ?? 0) + 60, below: (place?.position ?? 0) + 300 })
    await bench.collect([hurt, ids[4] as ChunkId])
    expect(bench.packs()).toContain(path)
    expect(bench.tables.chunks.get(hurt)?.place).toEqual(place)
    expect(await bench.get(ids[4] as ChunkId)).toEqual(bench.bytes(4))
    await expect(bench.get(hurt)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('and the disk is full, what can be given back is, and nothing is lost', async () => {
    const { bench, ids } = await filled()
    const unneeded = packOf(bench, ids[0])
    const keep = ids.filter((id, index) => packOf(bench, id) !== unneeded && index % 10 < 3)
    bench.memory.capacityBytes = 1
    const report = await bench.collect(keep)
    expect(report.packsRemoved).toBe(1)
    for (const id of keep) expect(await bench.get(id)).toBeDefined()
    bench.memory.capacityBytes = Infinity
    expect((await bench.collect(keep)).packsRemoved).toBeGreaterThan(1)
    for (const id of keep) expect(await bench.get(id)).toBeDefined()
  })
})
