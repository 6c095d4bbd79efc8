import { memoryDisk, type ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { encodePackHeader, encodeRecordHead, packHeaderBytes, packPath } from '../packs/index.ts'
import type { ChunkId, ChunkPlace, PackId } from '../types.ts'
import type { ChunkDamage, ScrubReport } from './contract.ts'
import { keysUpTo, VaultBench } from './doubles/node-vault-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Scrubbed {
  readonly report: ScrubReport
  readonly damages: readonly ChunkDamage[]
}

async function scrub(bench: VaultBench): Promise<Scrubbed> {
  const damages: ChunkDamage[] = []
  const report = await bench.vault.scrub({ bytesPerSecond: Infinity, onDamage: (damage) => damages.push(damage) })
  return { report, damages }
}

/** Twelve chunks in two packs that nobody writes. */
async function filled(bench: VaultBench = new VaultBench()): Promise<readonly ChunkId[]> {
  const ids = await bench.put(...Array.from({ length: 12 }, (_, index) => bench.bytes(index)))
  await reopened(bench)
  return ids
}

async function reopened(bench: VaultBench): Promise<void> {
  await bench.vault[Symbol.asyncDispose]()
  await bench.disk[Symbol.asyncDispose]()
  bench.restart()
}

const placeOf = (bench: VaultBench, id: ChunkId | undefined): ChunkPlace =>
  bench.tables.chunks.get(id as ChunkId)?.place as ChunkPlace

describe('a scrub', () => {
  test('finds nothing where nothing is wrong, and says how far it is', async () => {
    const bench = new VaultBench()
    await filled(bench)
    const progress: number[] = []
    const report = await bench.vault.scrub({
      bytesPerSecond: Infinity,
      onDamage: () => expect.unreachable('nothing is damaged'),
      onProgress: ({ bytesRead, bytesInAll }) => progress.push(bytesRead / bytesInAll),
    })
    expect(report).toEqual({ bytesRead: 12 * 384, chunksRead: 12, damaged: 0 })
    expect(progress.at(-1)).toBe(1)
    expect(progress).toEqual(progress.toSorted((one, other) => one - other))
  })

  test('tells a flipped bit anywhere in a record, forgets the chunk, and keeps the bytes to look at', async () => {
    for (let at = 0; at < 384; at += 5) {
      const bench = new VaultBench()
      const ids = await filled(bench)
      const id = ids[5] as ChunkId
      const place = placeOf(bench, id)
      const from = place.position + at
      bench.memory.rot(packPath(place.pack), bench.prng, { from, below: from + 1 })
      const { report, damages } = await scrub(bench)
      expect(damages, `byte ${at}`).toEqual([{ id, pack: place.pack, place, why: 'wrong-record' }])
      expect(report.damaged).toBe(1)
      await expect(bench.get(id)).rejects.toMatchObject({ code: 'not-found' })
      expect(bench.memory.paths()).toContain(`quarantine/${id}.${place.pack}.${place.position}`)
      // It is mended by putting it again, and then everything is as it was.
      await bench.put(bench.bytes(5))
      for (const [index, one] of ids.entries()) expect(await bench.get(one)).toEqual(bench.bytes(index))
      expect((await scrub(bench)).damages).toEqual([])
    }
  })

  test('tells a damaged header, which hides nothing, and mends it', async () => {
    for (let at = 0; at < packHeaderBytes; at += 3) {
      const bench = new VaultBench()
      const ids = await filled(bench)
      const { pack } = placeOf(bench, ids[0])
      bench.memory.rot(packPath(pack), bench.prng, { from: at, below: at + 1 })
      for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
      expect((await scrub(bench)).damages).toEqual([{ id: undefined, pack, place: undefined, why: 'wrong-record' }])
      for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
      expect(bench.packs()).not.toContain(packPath(pack))
      expect((await scrub(bench)).damages).toEqual([])
    }
  })

  test('says nothing of what nobody needs', async () => {
    const bench = new VaultBench({ livePercentMin: 0 })
    const ids = await filled(bench)
    const dead = placeOf(bench, ids[5])
    await bench.collect(ids.filter((_, index) => index !== 5))
    bench.memory.rot(packPath(dead.pack), bench.prng, { from: dead.position, below: dead.position + dead.length })
    expect((await scrub(bench)).report).toMatchObject({ damaged: 0, chunksRead: 11 })
  })

  test('names each chunk of a pack that is gone, and of one that has lost its end', async () => {
    const bench = new VaultBench()
    const ids = await filled(bench)
    const gone = placeOf(bench, ids[0]).pack
    const short = placeOf(bench, ids[11]).pack
    await bench.disk.remove(packPath(gone))
    const file = await bench.disk.open(packPath(short))
    await file.truncate(file.size - 10)
    await file[Symbol.asyncDispose]()
    const { damages } = await scrub(bench)
    const missing = ids.filter((_, index) => index < 10)
    expect(damages.map(({ id, why }) => `${id} ${why}`).toSorted()).toEqual(
      [...missing.map((id) => `${id} missing-pack`), `${ids[11]} wrong-record`].toSorted(),
    )
    expect(bench.tables.chunks.size).toBe(1)
  })

  test('tells a chunk that somebody has put in the place of another', async () => {
    const bench = new VaultBench()
    const ids = await filled(bench)
    const [one, other] = [placeOf(bench, ids[1]), placeOf(bench, ids[2])]
    const file = await bench.disk.open(packPath(one.pack))
    const bytes = await file.read(other.position, other.length)
    await file.write(one.position, [bytes])
    await file[Symbol.asyncDispose]()
    const { damages } = await scrub(bench)
    expect(damages).toMatchObject([{ id: ids[1], why: 'wrong-record' }])
  })

  test('tells what has a checksum and no seal', async () => {
    const bench = new VaultBench()
    const ids = await filled(bench)
    // As somebody would do who can write on the disk and has no key: the head of a record over other bytes.
    const place = placeOf(bench, ids[1])
    const file = await bench.disk.open(packPath(place.pack))
    const record = await file.read(place.position, place.length)
    record[300] = (record[300] ?? 0) ^ 1
    encodeRecordHead({ id: ids[1] as ChunkId, kind: 'data', sealed: record.subarray(44) }, record, 0)
    await file.write(place.position, [record])
    await file[Symbol.asyncDispose]()
    expect((await scrub(bench)).damages).toMatchObject([{ id: ids[1], why: 'not-authentic' }])
  })

  test('does not throw away what only lacks its key, unless its bytes are kept', async () => {
    const bench = new VaultBench({ quarantinedMax: 0 })
    bench.workshop.useKeys(keysUpTo(2))
    const ids = await filled(bench)
    bench.workshop.useKeys({ newest: 1 as never, keys: new Map(keysUpTo(1).keys) })
    const { damages } = await scrub(bench)
    expect(damages).toHaveLength(12)
    expect(damages.every(({ why }) => why === 'unknown-key')).toBe(true)
    await expect(bench.get(ids[0] as ChunkId)).rejects.toMatchObject({ code: 'wrong-key' })
    bench.workshop.useKeys(keysUpTo(2))
    for (const [index, id] of ids.entries()) expect(await bench.get(id)).toEqual(bench.bytes(index))
  })

  test('refuses a pack of a newer version, and forgets nothing', async () => {
    const bench = new VaultBench()
    const ids = await filled(bench)
    const { pack } = placeOf(bench, ids[0])
    const file = await bench.disk.open(packPath(pack))
    await file.write(0, [newerHeader(pack)])
    await file[Symbol.asyncDispose]()
    await expect(scrub(bench)).rejects.toMatchObject({ code: 'unknown-version' })
    expect(bench.tables.chunks.size).toBe(12)
  })

  test('lets chunks go that are moved while it reads', async () => {
    const bench = new VaultBench()
    const ids = await filled(bench)
    const chunksOf = bench.catalogue.chunksOf.bind(bench.catalogue)
    let pages = 0
    bench.catalogue.chunksOf = async (pack, page) => {
      const rows = await chunksOf(pack, page)
      if (++pages === 1) await bench.collect(ids.slice(0, 4))
      return rows
    }
    expect((await scrub(bench)).damages).toEqual([])
    for (const id of ids.slice(0, 4)) await bench.get(id)
  })
})

describe('where the disk cannot be read', () => {
  test('a bad sector costs the records in it, and no others', async () => {
    const bad = { from: Infinity, below: Infinity }
    const memory = memoryDisk({
      faults: {
        begin: ({ type, position, bytes, path }, finish) => {
          const isHit =
            type === 'read' && path.startsWith('packs/') && position < bad.below && position + bytes > bad.from
          finish(isHit ? { code: 'io-failed' } : undefined)
        },
      },
    })
    const bench = new VaultBench({}, memory)
    const ids = await filled(bench)
    const place = placeOf(bench, ids[3])
    Object.assign(bad, { from: place.position + 10, below: place.position + 20 })
    const hurt = ids.filter((id) => placeOf(bench, id).position === place.position)
    const { damages } = await scrub(bench)
    expect(new Set(damages.map(({ id }) => id))).toEqual(new Set(hurt))
    expect(bench.tables.chunks.size).toBe(12 - hurt.length)
  })

  test('at all, nothing is forgotten', async () => {
    const reads = { fail: false }
    const memory = memoryDisk({
      faults: {
        begin: ({ type }, finish) => finish(type === 'read' && reads.fail ? { code: 'io-failed' } : undefined),
      },
    })
    const bench = new VaultBench({}, memory)
    await filled(bench)
    reads.fail = true
    await expect(scrub(bench)).rejects.toMatchObject({ code: 'io-failed' })
    expect(bench.tables.chunks.size).toBe(12)
  })
})

test('a scrub keeps to its rate, and stops when it is told to', async () => {
  const bench = new VaultBench()
  await filled(bench)
  const clock: ManualClock = bench.clock
  const stop = new AbortController()
  const seen: number[] = []
  const scrubbing = bench.vault.scrub({
    bytesPerSecond: 1_024,
    signal: stop.signal,
    onDamage: () => expect.unreachable('nothing is damaged'),
    onProgress: ({ bytesRead }) => seen.push(bytesRead),
  })
  for (let second = 0; second < 2; second++) {
    for (let turns = 0; turns < 20; turns++) await turn()
    expect(seen.at(-1) ?? 0).toBeLessThanOrEqual((second + 1) * 1_024)
    clock.advance(1_000)
  }
  for (let turns = 0; turns < 20; turns++) await turn()
  expect(seen.length).toBeGreaterThan(0)
  stop.abort()
  await expect(scrubbing).rejects.toMatchObject({ name: 'AbortError' })
  expect(clock.timersWaiting).toBe(0)
})

function newerHeader(pack: PackId): Uint8Array {
  const header = encodePackHeader(pack)
  header[8] = 2
  const { crc32 } = process.getBuiltinModule('node:zlib')
  new DataView(header.buffer).setUint32(12, crc32(header.subarray(16), crc32(header.subarray(0, 12))), true)
  return header
}
