import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { packPath } from '../packs/index.ts'
import type { ChunkId, PackId } from '../types.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

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
