import { silentLogger } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, type DiskFailure, type DiskOperation, type MemoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { ChunkId } from '../types.ts'
import { PackFiles } from './pack-files.ts'
import { packPath, packsOnDisk } from './pack-folder.ts'
import { decodePackHeader, decodeRecord, type PackRecord } from './pack-format.ts'
import { PackWriter, type PlacedRecord } from './pack-writer.ts'

const record = (index: number, length: number): PackRecord => ({
  id: index.toString(16).padStart(64, '0') as ChunkId,
  kind: index % 2 === 0 ? 'data' : 'list',
  sealed: new Prng(index).bytes(length),
})

/** A writer on a disk whose operations end when the test says so, or at once. */
class Bench {
  readonly operations: DiskOperation[] = []
  readonly memory: MemoryDisk
  readonly disk: ReturnType<MemoryDisk['open']>
  readonly files: PackFiles
  readonly writer: PackWriter
  /** Whether operations of that kind wait for `let`. */
  holds: DiskOperation['type'] | undefined
  failure: { readonly type: DiskOperation['type']; readonly code: DiskFailure['code'] } | undefined
  #held: (() => void)[] = []

  constructor(limits: { readonly packBytesMax?: number; readonly writeBytesMax?: number } = {}) {
    this.memory = memoryDisk({
      faults: {
        begin: (operation, finish) => {
          this.operations.push(operation)
          const end = (): void =>
            finish(this.failure?.type === operation.type ? { code: this.failure.code } : undefined)
          if (this.holds === operation.type) this.#held.push(end)
          else end()
        },
      },
    })
    this.disk = this.memory.open()
    this.files = new PackFiles({ disk: this.disk, openFilesMax: 4 })
    const prng = new Prng(1)
    const entropy = { bytes: (length: number) => prng.bytes(length) }
    const { packBytesMax = 10_000, writeBytesMax = 4_096 } = limits
    this.writer = new PackWriter({ files: this.files, entropy, logger: silentLogger, packBytesMax, writeBytesMax })
  }

  let(): void {
    this.holds = undefined
    for (const end of this.#held.splice(0)) end()
  }

  count(type: DiskOperation['type']): number {
    return this.operations.filter((operation) => operation.type === type).length
  }

  /** What stands at these places on the disk, as a later life finds it. */
  async found(records: readonly PackRecord[], placed: readonly PlacedRecord[]): Promise<readonly boolean[]> {
    const found: boolean[] = []
    for (const [index, { place }] of placed.entries()) {
      const expected = records[index]
      const bytes = await this.files
        .use(place.pack, (file) => file.read(place.position, place.length))
        .catch(() => new Uint8Array())
      found.push(expected !== undefined && decodeRecord(bytes, expected, { checksum: true }) !== undefined)
    }
    return found
  }
}

const durable = (placed: readonly PlacedRecord[]): Promise<unknown> =>
  Promise.all(placed.map(({ pack, place }) => pack.durable(place.position + place.length)))
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a pack writer', () => {
  test('makes nothing before the first record', async () => {
    const bench = new Bench()
    await bench.writer[Symbol.asyncDispose]()
    expect(bench.operations).toEqual([])
  })

  test('puts small and large records where it says', async () => {
    const bench = new Bench({ packBytesMax: 1_000_000, writeBytesMax: 100_000 })
    const records = [1, 40_000, 5, 33_000, 32_768, 7, 200_000, 9].map((length, index) => record(index, length))
    const placed = bench.writer.append(records)
    await durable(placed)
    expect(await bench.found(records, placed)).toEqual(records.map(() => true))
    expect(placed[0]?.place.position).toBe(32)
    for (const [index, { place }] of placed.entries()) {
      expect(place.position + place.length).toBe(placed[index + 1]?.place.position ?? place.position + place.length)
    }
  })

  test('rolls over, and leaves each pack whole and readable', async () => {
    const bench = new Bench({ packBytesMax: 1_000 })
    const records = Array.from({ length: 20 }, (_, index) => record(index, 150))
    const placed = [...bench.writer.append(records.slice(0, 3)), ...bench.writer.append(records.slice(3))]
    await durable(placed)
    expect(await bench.found(records, placed)).toEqual(records.map(() => true))
    const packs = await packsOnDisk(bench.disk)
    expect(packs).toHaveLength(5)
    for (const pack of packs) {
      const bytes = await bench.files.use(pack, (file) => file.read(0, 2_000))
      expect(decodePackHeader(bytes)).toEqual({ type: 'known', pack })
      expect(bytes.length).toBeLessThanOrEqual(1_000)
    }
  })

  test('gives a record that is larger than a pack one of its own', async () => {
    const bench = new Bench({ packBytesMax: 1_000 })
    const records = [record(0, 10), record(1, 5_000), record(2, 10)]
    const placed = bench.writer.append(records)
    await durable(placed)
    expect(await bench.found(records, placed)).toEqual([true, true, true])
    expect(new Set(placed.map(({ place }) => place.pack)).size).toBe(3)
  })

  test('writes in one go what has come while the disk was busy', async () => {
    const bench = new Bench()
    bench.holds = 'write'
    const placed = Array.from({ length: 11 }, (_, index) => bench.writer.append([record(index, 100)])).flat()
    await turn()
    bench.let()
    await durable(placed)
    expect(bench.count('write')).toBeLessThanOrEqual(2)
    expect(bench.operations.filter(({ type }) => type === 'write').at(-1)?.bytes).toBeGreaterThan(1_000)
  })

  test('makes durable in one sync what many wait for', async () => {
    const bench = new Bench()
    bench.holds = 'sync'
    const first = bench.writer.append([record(0, 10)])
    const waits = [durable(first)]
    await turn()
    for (let index = 1; index < 30; index++) waits.push(durable(bench.writer.append([record(index, 10)])))
    await turn()
    bench.let()
    await Promise.all(waits)
    expect(bench.count('sync')).toBe(2)
    await durable(first)
    expect(bench.count('sync')).toBe(2)
  })
})

describe('when the disk is full', () => {
  test('what was durable stays, the rest is refused, and the next one works when there is room', async () => {
    const bench = new Bench()
    const kept = [record(0, 100)]
    const keptPlaces = bench.writer.append(kept)
    await durable(keptPlaces)
    bench.memory.capacityBytes = 500
    const lost = bench.writer.append([record(1, 900)])
    await expect(durable(lost)).rejects.toMatchObject({ code: 'disk-full' })
    expect(lost[0]?.pack.hasLost(2_000)).toBe(true)
    expect(await bench.found(kept, keptPlaces)).toEqual([true])
    await turn()
    await turn()
    // The part of the record that was written is given back at once.
    expect(await bench.files.use(keptPlaces[0]?.place.pack ?? ('' as never), async (file) => file.size)).toBe(32 + 144)
    bench.memory.capacityBytes = 10_000
    const later = [record(2, 900)]
    const laterPlaces = bench.writer.append(later)
    await durable(laterPlaces)
    expect(await bench.found(later, laterPlaces)).toEqual([true])
    expect(laterPlaces[0]?.place.pack).not.toBe(keptPlaces[0]?.place.pack)
  })

  test('a pack of which nothing was durable is removed', async () => {
    const bench = new Bench()
    bench.memory.capacityBytes = 100
    await expect(durable(bench.writer.append([record(1, 900)]))).rejects.toMatchObject({ code: 'disk-full' })
    await bench.writer[Symbol.asyncDispose]()
    expect(bench.memory.paths()).toEqual([])
  })

  test.each(['written', 'durable'] as const)(
    'nobody hears that it is not %s before the room is back',
    async (until) => {
      const bench = new Bench()
      await durable(bench.writer.append([record(0, 100)]))
      bench.memory.capacityBytes = 500
      bench.holds = 'truncate'
      const [lost] = bench.writer.append([record(1, 900)])
      const codes: unknown[] = []
      const waiting = lost?.pack[until](2_000).catch((error: { readonly code: string }) => void codes.push(error.code))
      for (let count = 0; count < 10; count++) await turn()
      expect([codes, bench.count('truncate')]).toEqual([[], 1])
      bench.let()
      await waiting
      expect(codes).toEqual(['disk-full'])
    },
  )

  test('all who gave it something hear of it, also those who ask later', async () => {
    const bench = new Bench()
    bench.holds = 'write'
    const one = bench.writer.append([record(1, 10)])
    const other = bench.writer.append([record(2, 10)])
    bench.failure = { type: 'write', code: 'disk-full' }
    const waiting = durable(one)
    await turn()
    bench.let()
    await expect(waiting).rejects.toMatchObject({ code: 'disk-full' })
    await expect(durable(other)).rejects.toMatchObject({ code: 'disk-full' })
    await expect(other[0]?.pack.written(400)).rejects.toMatchObject({ code: 'disk-full' })
  })
})

describe('when a sync fails', () => {
  test('what an earlier one covered stays and can be read; what it should have covered is refused', async () => {
    const bench = new Bench()
    const kept = [record(0, 100)]
    const keptPlaces = bench.writer.append(kept)
    await durable(keptPlaces)
    bench.failure = { type: 'sync', code: 'io-failed' }
    const lost = bench.writer.append([record(1, 100)])
    await expect(durable(lost)).rejects.toMatchObject({ code: 'io-failed' })
    bench.failure = undefined
    expect(await bench.found(kept, keptPlaces)).toEqual([true])
    await durable(keptPlaces)
    const later = bench.writer.append([record(2, 100)])
    await durable(later)
    expect(later[0]?.place.pack).not.toBe(lost[0]?.place.pack)
  })

  test('a write that fails while a sync is under way takes nothing from those whom the sync covers', async () => {
    const bench = new Bench()
    const kept = [record(0, 100), record(2, 100)]
    const keptPlaces = [...bench.writer.append(kept.slice(0, 1))]
    await durable(keptPlaces)
    keptPlaces.push(...bench.writer.append(kept.slice(1)))
    bench.holds = 'sync'
    const waiting = durable(keptPlaces)
    await turn()
    bench.failure = { type: 'write', code: 'disk-full' }
    const refused = durable(bench.writer.append([record(1, 100)]))
    refused.catch(() => {})
    await turn()
    bench.failure = undefined
    bench.let()
    await waiting
    await expect(refused).rejects.toMatchObject({ code: 'disk-full' })
    await bench.writer[Symbol.asyncDispose]()
    expect(await bench.found(kept, keptPlaces)).toEqual([true, true])
  })
})

describe('packs are held', () => {
  test('no longer when they were given up and nobody relies upon them', async () => {
    const bench = new Bench()
    bench.failure = { type: 'sync', code: 'io-failed' }
    const [lost] = bench.writer.append([record(1, 100)])
    if (lost === undefined) throw new Error('one was placed')
    await expect(durable([lost])).rejects.toMatchObject({ code: 'io-failed' })
    bench.writer.release(lost.pack)
    bench.failure = undefined
    const [next] = bench.writer.append([record(2, 100)])
    await lost.pack.finish()
    await turn()
    expect(bench.writer.held()).toEqual(new Set([next?.pack.id]))
  })

  test('from the first record on, until nobody relies upon them and they are finished', async () => {
    const bench = new Bench({ packBytesMax: 300 })
    const [first] = bench.writer.append([record(0, 100)])
    if (first === undefined) throw new Error('one was placed')
    const { pack } = first
    expect(bench.writer.held()).toEqual(new Set([pack.id]))
    bench.writer.release(pack)
    expect(bench.writer.held().has(pack.id), 'it is being written').toBe(true)
    const [second] = bench.writer.append([record(1, 200)])
    if (second !== undefined) await durable([second])
    await pack.finish()
    await turn()
    expect(bench.writer.held()).toEqual(new Set([second?.pack.id]))
    expect(bench.memory.paths()).toContain(packPath(pack.id))
  })

  test('after they are finished too, while somebody has not committed', async () => {
    const bench = new Bench({ packBytesMax: 300 })
    const [first] = bench.writer.append([record(0, 100)])
    if (first === undefined) throw new Error('one was placed')
    bench.writer.append([record(1, 200)])
    await first.pack.finish()
    await turn()
    expect(bench.writer.held().has(first.pack.id)).toBe(true)
    bench.writer.release(first.pack)
    expect(bench.writer.held().has(first.pack.id)).toBe(false)
  })
})
