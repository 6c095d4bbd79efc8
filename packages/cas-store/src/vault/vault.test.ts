import { describe, expect, test } from 'vitest'
import type { CollectionReport } from './contract.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

describe('a vault', () => {
  test('makes nothing before something is added', async () => {
    const bench = new VaultBench()
    await using _session = bench.vault.session()
    await bench.vault.usage()
    expect(bench.memory.paths()).toEqual([])
  })

  test('gives back what was committed, also after a restart', async () => {
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

  test('collects what nobody needs', async () => {
    const bench = new VaultBench()
    const ids = await bench.put(...Array.from({ length: 40 }, (_, index) => bench.bytes(index)))
    await bench.vault[Symbol.asyncDispose]()
    await bench.disk[Symbol.asyncDispose]()
    bench.restart()
    const keep = ids.filter((_, index) => index % 7 === 0)
    const report: CollectionReport = await bench.collect(keep)
    expect(report.chunksForgotten).toBe(34)
    for (const id of keep) expect(await bench.get(id)).toBeDefined()
    await expect(bench.get(ids[1] as never)).rejects.toMatchObject({ code: 'not-found' })
    expect(report.packsRemoved).toBeGreaterThan(0)
  })
})
