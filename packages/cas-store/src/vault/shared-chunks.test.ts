import { describe, expect, test } from 'vitest'
import type { ChunkId } from '../types.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Bytes of records on the disk, of all packs. */
async function recordBytesOnDisk(bench: VaultBench): Promise<number> {
  const { bytes, packs } = await bench.vault.usage()
  return bytes - packs * 32
}

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
    const pack = workshop.pack.bind(workshop)
    let isFirst = true
    workshop.pack = async (chunks) => {
      const fails = isFirst
      isFirst = false
      await turn()
      if (fails) throw failing
      return pack(chunks)
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
