import { describe, expect, test } from 'vitest'
import { diskPath } from '../disk/index.ts'
import { Prng } from '../random/index.ts'
import { memoryDisk, type DiskFailure, type DiskFaults, type MemoryDisk } from '../testing/memory-disk/index.ts'
import { openRecordLog, validateRecordLogLimits, type LogPosition, type RecordLog } from './index.ts'

const path = diskPath('log')
const entropy = { bytes: (length: number): Uint8Array => new Prng(1).bytes(length) }
const limits = { recordBytesMax: 10_000, bufferedBytesMax: 20_000, readBytes: 4_096 }
const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill)

function open(memory: MemoryDisk): Promise<RecordLog> {
  return openRecordLog({ disk: memory.open(), path, entropy, limits })
}

async function lengths(log: RecordLog, from?: LogPosition): Promise<number[]> {
  const found: number[] = []
  for await (const record of log.records(from === undefined ? {} : { from })) found.push(record.bytes.length)
  return found
}

/** A disk on which the operations named in `fail` fail, and all are counted. */
function failingDisk(): { memory: MemoryDisk; fail: Map<string, DiskFailure>; begun: string[] } {
  const fail = new Map<string, DiskFailure>()
  const begun: string[] = []
  const begin: DiskFaults['begin'] = (operation, finish) => {
    begun.push(operation.type)
    finish(fail.get(operation.type))
  }
  return { memory: memoryDisk({ faults: { begin } }), fail, begun }
}

describe('a log', () => {
  test('gives back what was synced, in order, from any position', async () => {
    const log = await open(memoryDisk())
    const positions = [...log.append([bytes(0), bytes(1), bytes(10_000)]), ...log.append([bytes(300)])]
    expect(positions).toEqual([512, 536, 560, 10_584])
    expect(await lengths(log)).toEqual([])
    await log.sync()
    expect(log.durableEnd).toBe(log.end)
    expect(await lengths(log)).toEqual([0, 1, 10_000, 300])
    expect(await lengths(log, positions[2])).toEqual([10_000, 300])
    expect(await lengths(log, log.end)).toEqual([])
  })

  test('copies what is appended, and hands out copies', async () => {
    const log = await open(memoryDisk())
    const record = bytes(5, 7)
    log.append([record])
    record.fill(0)
    await log.sync()
    for await (const found of log.records()) {
      expect([...found.bytes]).toEqual([7, 7, 7, 7, 7])
      expect(found.bytes.buffer.byteLength).toBe(5)
    }
  })

  test('refuses a place that is none of its own', async () => {
    const log = await open(memoryDisk())
    log.append([bytes(1)])
    for (const from of [0, 511, 513, 536]) {
      await expect(lengths(log, from as LogPosition)).rejects.toMatchObject({ code: 'wrong-position' })
    }
  })

  test('is the same after it was closed and opened, and grows on', async () => {
    const memory = memoryDisk()
    for (let life = 0; life < 3; life++) {
      await using disk = memory.open()
      await using log = await openRecordLog({ disk, path, entropy, limits })
      expect(log.recovered).toEqual({ records: life, droppedBytes: 0 })
      log.append([bytes(life)]) // Closing syncs it.
    }
    const log = await open(memory)
    expect(await lengths(log)).toEqual([0, 1, 2])
  })

  test('is not made longer by being opened and closed', async () => {
    const memory = memoryDisk()
    const ends: number[] = []
    for (let life = 0; life < 3; life++) {
      await using disk = memory.open()
      await using log = await openRecordLog({ disk, path, entropy, limits })
      if (life === 0) log.append([bytes(1)])
      ends.push(log.end)
    }
    expect(ends).toEqual([536, 560, 560])
  })

  test('refuses when it is closed', async () => {
    const log = await open(memoryDisk())
    await log[Symbol.asyncDispose]()
    await log[Symbol.asyncDispose]()
    expect(() => log.append([])).toThrow('is closed')
    await expect(log.sync()).rejects.toMatchObject({ code: 'closed' })
    await expect(lengths(log)).resolves.toEqual([])
  })

  test('refuses what is too much, and takes all of an append or nothing', async () => {
    const log = await open(memoryDisk())
    expect(() => log.append([bytes(1), bytes(10_001)])).toThrow('a record of 10001 bytes is too large')
    expect(() => log.append([bytes(9_000), bytes(9_000), bytes(9_000)])).toThrow('one append of 27072 bytes')
    log.append([bytes(9_000), bytes(9_000)])
    expect(() => log.append([bytes(9_000)])).toThrow('18048 bytes wait for a sync; bufferedBytesMax is 20000')
    await log.sync()
    log.append([bytes(9_000)])
    await log.sync()
    expect(await lengths(log)).toEqual([9_000, 9_000, 9_000])
  })

  test('refuses a record on the disk that is longer than it may be now', async () => {
    const memory = memoryDisk()
    await using disk = memory.open()
    const log = await openRecordLog({ disk, path, entropy, limits })
    log.append([bytes(9_000)])
    await log[Symbol.asyncDispose]()
    const narrow = openRecordLog({ disk, path, entropy, limits: { ...limits, recordBytesMax: 8_999 } })
    await expect(narrow).rejects.toMatchObject({ code: 'too-large' })
  })
})

describe('group commit', () => {
  test('covers with one sync of the disk all that was appended before it begins', async () => {
    const { memory, begun } = failingDisk()
    const log = await open(memory)
    begun.length = 0
    const syncs = Array.from({ length: 64 }, (_, index) => {
      log.append([bytes(index)])
      return log.sync()
    })
    await Promise.all(syncs)
    await log.sync()
    expect(begun).toEqual(['write', 'sync'])
    expect((await lengths(log)).length).toBe(64)
  })

  test('leaves what is appended while it is at work to the next, and a sync that needs none is free', async () => {
    const waiting: (() => void)[] = []
    let held = false
    const begin: DiskFaults['begin'] = (_, finish) => void (held ? waiting.push(() => finish()) : finish())
    const log = await open(memoryDisk({ faults: { begin } }))
    held = true
    const settled: string[] = []
    log.append([bytes(1)])
    const first = log.sync().then(() => settled.push('first'))
    while (waiting.length < 1) await Promise.resolve()
    log.append([bytes(2)])
    const second = log.sync().then(() => settled.push('second'))
    for (let operation = 0; operation < 4; operation++) {
      while (waiting.length <= operation) await Promise.resolve()
      expect(settled).toEqual(operation < 2 ? [] : ['first'])
      expect(log.durableEnd).toBe(operation < 2 ? 512 : 536)
      waiting[operation]?.()
    }
    await Promise.all([first, second])
    expect(waiting.length).toBe(4)
  })
})

describe('on a disk that fails', () => {
  test('records are kept while it is full, and durable when there is room', async () => {
    const { memory, fail, begun } = failingDisk()
    const log = await open(memory)
    fail.set('write', { code: 'disk-full', bytesWritten: 700 })
    log.append([bytes(1_000)])
    await expect(log.sync()).rejects.toMatchObject({ code: 'disk-full' })
    await expect(log.sync()).rejects.toMatchObject({ code: 'disk-full' })
    fail.clear()
    begun.length = 0
    log.append([bytes(10)])
    await log.sync()
    // The remains of the failed write are cut off, for good, before anything is written over them.
    expect(begun).toEqual(['truncate', 'sync', 'write', 'sync'])
    memory.crash(new Prng(1))
    expect(await lengths(await open(memory))).toEqual([1_000, 10])
  })

  test('a failed sync ends it, until it is opened again', async () => {
    const { memory, fail } = failingDisk()
    const disk = memory.open()
    const log = await openRecordLog({ disk, path, entropy, limits })
    log.append([bytes(1)])
    fail.set('sync', { code: 'io-failed' })
    await expect(log.sync()).rejects.toMatchObject({ code: 'io-failed' })
    fail.clear()
    await expect(log.sync()).rejects.toMatchObject({ code: 'poisoned' })
    await expect(log[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'poisoned' })
    await using again = await openRecordLog({ disk, path, entropy, limits })
    expect(again.recovered).toEqual({ records: 1, droppedBytes: 0 })
  })

  test('what it shows after a failed sync is durable once it is opened, though no cache will write it', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { memory, fail } = failingDisk()
      const log = await open(memory)
      log.append([bytes(100), bytes(2_000)])
      fail.set('sync', { code: 'io-failed' })
      await expect(log.sync()).rejects.toMatchObject({ code: 'io-failed' })
      fail.clear()
      memory.kill(new Prng(seed))
      expect((await open(memory)).recovered.records).toBe(2)
      memory.crash(new Prng(seed))
      expect((await open(memory)).recovered.records, `seed ${seed}`).toBe(2)
    }
  })

  test('an error of opening is told, and the file closed', async () => {
    const { memory, fail } = failingDisk()
    const disk = memory.open()
    fail.set('open', { code: 'io-failed' })
    await expect(openRecordLog({ disk, path, entropy })).rejects.toMatchObject({ code: 'io-failed' })
    fail.clear()
    fail.set('sync', { code: 'io-failed' })
    await expect(openRecordLog({ disk, path, entropy })).rejects.toMatchObject({ code: 'io-failed' })
    fail.clear()
    await openRecordLog({ disk, path, entropy })
  })
})

test('a wrong limit is refused with a sentence', () => {
  const wrong = { recordBytesMax: 0, bufferedBytesMax: 1_000, readBytes: 1.5 }
  for (const [name, value] of Object.entries(wrong)) {
    expect(() => validateRecordLogLimits({ [name]: value })).toThrow(`record log: ${name} is ${value}; it must be`)
  }
})
