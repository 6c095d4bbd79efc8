import { describe, expect, test } from 'vitest'
import { packPath } from '../packs/index.ts'
import type { ChunkId, KeyEpoch } from '../types.ts'
import { keysUpTo, VaultBench } from './doubles/node-vault-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const unlimited = { bytesPerSecond: Infinity }

const epochs = (bench: VaultBench): readonly number[] => [
  ...new Set([...bench.tables.chunks.values()].map(({ epoch }) => epoch as number)),
]

/** Only the newest of them, as after an older one was retired. */
function onlyNewest(epoch: number): ReturnType<typeof keysUpTo> {
  const { newest, keys } = keysUpTo(epoch)
  return { newest, keys: new Map([[newest, keys.get(newest) ?? new Uint8Array()]]) }
}

describe('resealing', () => {
  test('leaves nothing that needs an older key, and the old bytes to the next collection', async () => {
    const bench = new VaultBench()
    const ids = await bench.put(...Array.from({ length: 20 }, (_, index) => bench.bytes(index)))
    bench.workshop.useKeys(keysUpTo(2))
    const [fresh] = await bench.put(bench.bytes(100))
    expect(await bench.vault.reseal(unlimited)).toBe(20)
    expect(epochs(bench)).toEqual([2])
    bench.workshop.useKeys(onlyNewest(2))
    const before = await bench.vault.usage()
    expect(before.bytes).toBeGreaterThan(2 * 20 * 384)
    bench.memory.crash(bench.prng)
    bench.restart()
    await bench.collect([...ids, fresh as ChunkId])
    for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
    expect(await bench.get(fresh as ChunkId)).toEqual(bench.bytes(100))
    expect((await bench.vault.usage()).bytes).toBeLessThan(before.bytes - 15 * 384)
    expect(await bench.vault.reseal(unlimited)).toBe(0)
  })

  test('goes on after a restart with what is left', async () => {
    const bench = new VaultBench()
    const ids = await bench.put(...Array.from({ length: 20 }, (_, index) => bench.bytes(index)))
    bench.workshop.useKeys(keysUpTo(2))
    const stop = new AbortController()
    const commit = bench.catalogue.commit.bind(bench.catalogue)
    let commits = 0
    bench.catalogue.commit = async (changes) => {
      await commit(changes)
      if (++commits === 3) stop.abort()
    }
    await expect(bench.vault.reseal({ ...unlimited, signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    bench.memory.crash(bench.prng)
    bench.restart()
    const left = await bench.vault.reseal(unlimited)
    expect(left).toBe(20 - 9)
    bench.workshop.useKeys(onlyNewest(2))
    for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
  })

  test('waits for sessions that may have sealed with the older key', async () => {
    const bench = new VaultBench()
    const session = bench.vault.session()
    const [added] = await session.add('data', [bench.bytes(1)])
    bench.workshop.useKeys(keysUpTo(2))
    let isOver = false
    const resealing = bench.vault.reseal(unlimited).finally(() => (isOver = true))
    for (let turns = 0; turns < 20; turns++) await turn()
    expect(isOver).toBe(false)
    await session.commit([])
    await session[Symbol.asyncDispose]()
    expect(await resealing).toBe(1)
    expect(bench.tables.chunks.get(added?.id as ChunkId)?.epoch).toBe(2 as KeyEpoch)
  })

  test('does not wait when it is told to stop', async () => {
    const bench = new VaultBench()
    await using _session = bench.vault.session()
    const stop = new AbortController()
    const resealing = bench.vault.reseal({ ...unlimited, signal: stop.signal })
    await turn()
    stop.abort()
    await expect(resealing).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('leaves what is damaged to a scrub, and comes to an end', async () => {
    const bench = new VaultBench()
    const ids = await bench.put(...Array.from({ length: 5 }, (_, index) => bench.bytes(index)))
    const hurt = bench.tables.chunks.get(ids[2] as ChunkId)
    const at = (hurt?.place.position ?? 0) + 100
    bench.memory.rot(packPath(hurt?.place.pack as never), bench.prng, { from: at, below: at + 1 })
    bench.workshop.useKeys(keysUpTo(2))
    expect(await bench.vault.reseal(unlimited)).toBe(4)
    expect(bench.tables.chunks.get(ids[2] as ChunkId)).toEqual(hurt)
  })

  test('and a collection that moves the same chunks lose nothing', async () => {
    const bench = new VaultBench({ livePercentMin: 100 })
    const ids = await bench.put(...Array.from({ length: 30 }, (_, index) => bench.bytes(index)))
    bench.workshop.useKeys(keysUpTo(2))
    const keep = ids.filter((_, index) => index % 2 === 0)
    const [, report] = await Promise.all([bench.vault.reseal(unlimited), bench.collect(keep)])
    expect(report.chunksForgotten).toBe(15)
    expect(epochs(bench)).toEqual([2])
    bench.workshop.useKeys(onlyNewest(2))
    for (const [index, id] of keep.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index * 2))
  })
})
