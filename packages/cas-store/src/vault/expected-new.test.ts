import { describe, expect, test } from 'vitest'
import type { ChunkToPack, PackedChunk, Workshop } from '../sealing/contract.ts'
import type { ChunkId } from '../types.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

/** Tells what the workshop is asked for, and what of its memory came back. */
function watch(workshop: Workshop): { readonly asked: string[]; readonly lent: Set<ArrayBufferLike> } {
  const asked: string[] = []
  const lent = new Set<ArrayBufferLike>()
  const [pack, identify] = [workshop.pack.bind(workshop), workshop.identify.bind(workshop)]
  workshop.identify = (kind, chunks) => {
    asked.push(`identify ${chunks.length}`)
    return identify(kind, chunks)
  }
  workshop.pack = async (chunks: readonly ChunkToPack[]): Promise<readonly PackedChunk[]> => {
    asked.push(chunks.every(({ id }) => id === undefined) ? `both ${chunks.length}` : `seal ${chunks.length}`)
    const packed = await pack(chunks)
    for (const { record } of packed) lent.add(record.buffer)
    return packed
  }
  workshop.giveBack = (pieces) => {
    for (const { buffer } of pieces) lent.delete(buffer)
  }
  return { asked, lent }
}

describe('a session', () => {
  test('seals at once what is likely to be new, until something was known', async () => {
    const bench = new VaultBench()
    const known = bench.bytes(1)
    await bench.put(known)
    const { asked, lent } = watch(bench.workshop)
    await using session = bench.vault.session()
    const news = (...seeds: readonly number[]): Promise<readonly { readonly isKnown: boolean }[]> =>
      session.add(
        'data',
        seeds.map((seed) => bench.bytes(seed)),
      )
    await news(2, 3)
    await news(4, 5)
    const mixed = await news(6, 1)
    await news(7)
    await news(8)
    expect(mixed.map(({ isKnown }) => isKnown)).toEqual([false, true])
    expect(asked).toEqual(['identify 2', 'seal 2', 'both 2', 'both 2', 'identify 1', 'seal 1', 'both 1'])
    await session.commit([])
    expect(lent.size).toBe(0)
    const ids = await bench.workshop.identify(
      'data',
      [2, 3, 4, 5, 6, 1, 7, 8].map((seed) => bench.bytes(seed)),
    )
    bench.restart()
    for (const [index, seed] of [2, 3, 4, 5, 6, 1, 7, 8].entries()) {
      expect(await bench.get(ids[index] as ChunkId)).toEqual(bench.bytes(seed))
    }
  })

  test('gives back what it sealed for nothing, and the room that it had', async () => {
    const bench = new VaultBench({ bytesUnderWayMax: 600 })
    await bench.put(bench.bytes(1))
    const { asked, lent } = watch(bench.workshop)
    await using session = bench.vault.session()
    for (let round = 2; round < 20; round++) {
      await session.add('data', [bench.bytes(round)])
      expect(await session.add('data', [bench.bytes(1), bench.bytes(1)])).toMatchObject([
        { isKnown: true, bytesStored: 0 },
        { isKnown: true, bytesStored: 0 },
      ])
    }
    expect(asked.filter((what) => what === 'both 2')).toHaveLength(18)
    await session.commit([])
    expect(lent.size).toBe(0)
  })

  test('does not wait for others while it holds the room that they wait for', async () => {
    const bench = new VaultBench({ bytesUnderWayMax: 300 })
    const sessions = Array.from({ length: 4 }, () => bench.vault.session())
    // All have brought something new, so all seal at once: the same chunks, in other orders.
    for (const [index, session] of sessions.entries()) await session.add('data', [bench.bytes(100 + index)])
    let turns = 0
    bench.delay = () => new Promise((resolve) => (turns++ % 2 === 0 ? setImmediate(resolve) : resolve()))
    const seeds = [1, 2, 3, 4, 5]
    await Promise.all(
      sessions.map(async (session, index) => {
        for (const seed of index % 2 === 0 ? seeds : seeds.toReversed()) {
          await session.add('data', [bench.bytes(seed), bench.bytes(seed + 10)])
        }
        await session.commit([])
        await session[Symbol.asyncDispose]()
      }),
    )
    const contents = [...seeds, ...seeds.map((seed) => seed + 10)].map((seed) => bench.bytes(seed))
    const ids = await bench.workshop.identify('data', contents)
    for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(contents[index])
    const { bytes, packs } = await bench.vault.usage()
    expect(bytes - packs * 32).toBe(14 * 384)
  })

  test('takes nothing of what somebody sent under a wrong id, and gives its memory back', async () => {
    const bench = new VaultBench({ bytesUnderWayMax: 600 })
    const { lent } = watch(bench.workshop)
    const [right, wrong] = await bench.workshop.identify('data', [bench.bytes(1), bench.bytes(2)])
    await using session = bench.vault.session()
    for (let round = 0; round < 3; round++) {
      const sent = [
        { id: right as ChunkId, bytes: bench.bytes(1) },
        { id: wrong as ChunkId, bytes: bench.bytes(3) },
      ]
      await expect(session.take('data', sent)).rejects.toMatchObject({ code: 'wrong-chunk' })
    }
    expect(lent.size).toBe(0)
    expect(await session.missing([right as ChunkId])).toEqual([right])
    await session.take('data', [{ id: right as ChunkId, bytes: bench.bytes(1) }])
    await session.commit([])
    expect(await bench.get(right as ChunkId)).toEqual(bench.bytes(1))
  })
})
