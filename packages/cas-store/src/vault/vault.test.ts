import type { DiskPath } from '@flotilla/core/disk'
import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { packPath } from '../packs/index.ts'
import { codeOf } from '../store/errors.ts'
import type { ChunkId, ChunkPlace, PackId } from '../types.ts'
import type { ChunkDamage } from './contract.ts'
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

  test('gives a chunk as often as it is asked for, each time to keep or to let go of', async () => {
    const bench = new VaultBench()
    for (const length of [300, 1_500]) {
      const contents = [bench.bytes(length, length), new Uint8Array(length).fill(3), bench.bytes(2 * length, length)]
      const ids = await bench.put(...contents)
      const order = [0, 1, 0, 2, 1, 1, 0]
      const wanted = order.map((index) => ({ id: ids[index] as ChunkId, kind: 'data' as const, size: length }))
      const found = await bench.vault.read(wanted, {})
      for (const [at, index] of order.entries()) {
        expect(found.slice(at)).toEqual(order.slice(at).map((other) => contents[other]))
        expect(found[at]).toEqual(contents[index])
        bench.vault.letGo?.([found[at] as Uint8Array])
      }
    }
  })

  test('gives no byte of a record in which any bit is not what it was', async () => {
    const bench = new VaultBench()
    const content = bench.bytes(1, 40)
    const [id] = await bench.put(content)
    const place = bench.tables.chunks.get(id as ChunkId)?.place
    const { pack, position, length } = place as ChunkPlace
    const path = packPath(pack)
    const record = new Uint8Array((await bench.disk.read(path)) ?? []).slice(position, position + length)
    // The first four bytes are the length, and the next four the checksum, which a scrub looks at and a
    // read does not, as little as at the kind's three zeros. Bytes 48 to 51 say with which key it is sealed.
    for (let bit = 0; bit < 8 * record.length; bit++) {
      const damaged = record.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      await write(bench, path, position, damaged)
      const found = await bench.get(id as ChunkId, 40).catch((error: unknown) => codeOf(error))
      if (found === 'corrupt' || (found === 'wrong-key' && bit >> 5 === 12)) continue
      expect([bit >> 3, found]).toEqual([expect.toSatisfy((at: number) => at >= 4 && at < 12), content])
    }
    await write(bench, path, position, record)
    expect(await bench.get(id as ChunkId, 40)).toEqual(content)
  })

  test('leaves it to a scrub to see what was something else before it was sealed', async () => {
    const bench = new VaultBench()
    const pack = bench.workshop.pack.bind(bench.workshop)
    const other = bench.bytes(2)
    bench.workshop.pack = async (chunks) => {
      const ids = await bench.workshop.identify(
        'data',
        chunks.map(({ bytes }) => bytes),
      )
      return pack(chunks.map(({ kind }, index) => ({ kind, bytes: other, id: ids[index] })))
    }
    const [id] = await bench.put(bench.bytes(1))
    bench.workshop.pack = pack
    expect(await bench.get(id as ChunkId)).toEqual(other)
    const damage: ChunkDamage[] = []
    await bench.vault.scrub({ bytesPerSecond: 1e9, onDamage: (one) => damage.push(one) })
    expect(damage).toMatchObject([{ id, why: 'not-authentic' }])
    await expect(bench.get(id as ChunkId)).rejects.toMatchObject({ code: 'not-found' })
  })
})

/** While nobody has the pack open. */
async function write(bench: VaultBench, path: DiskPath, at: number, bytes: Uint8Array): Promise<void> {
  await bench.vault[Symbol.asyncDispose]()
  const file = await bench.disk.open(path)
  await file.write(at, [bytes])
  await bench.disk[Symbol.asyncDispose]()
  bench.restart()
}
