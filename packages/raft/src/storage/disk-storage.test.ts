import { Prng } from '@flotilla/core/random'
import {
  memoryDisk,
  RecordingLogger,
  type DiskFailure,
  type DiskFaults,
  type DiskOperation,
  type MemoryDisk,
} from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import {
  begins,
  entryOf,
  expectGroup,
  groupA,
  groupB,
  hard,
  markOf,
  beginning,
  run,
} from '../testing/storage-conformance/storage-under-test.ts'
import type { GroupName } from '../types.ts'
import { openDiskStorage } from './disk-storage.ts'
import { validateStorageLimits, type StorageLimits } from './storage-limits.ts'
import type { RaftStorage } from './storage.ts'

const small = { segmentBytes: 8_192, openingSegmentBytes: 4_096, readyBytes: 1_024, readBytes: 4_096 }
const prng = new Prng(7)
const entropy = { bytes: (length: number): Uint8Array => prng.bytes(length) }

function open(memory: MemoryDisk, limits: Partial<StorageLimits> = {}): Promise<RaftStorage> {
  return openDiskStorage({ disk: memory.open(), entropy, limits: { ...small, ...limits } })
}

interface Rule {
  fails: (operation: DiskOperation) => DiskFailure | undefined
  holds: (operation: DiskOperation) => boolean
}

/** A disk on which operations fail, or wait, when `rule` says so. */
function unrulyDisk(): { memory: MemoryDisk; rule: Rule; held: (() => void)[] } {
  const rule: Rule = { fails: () => undefined, holds: () => false }
  const held: (() => void)[] = []
  const begin: DiskFaults['begin'] = (operation, finish) => {
    if (rule.holds(operation)) held.push(() => finish())
    else finish(rule.fails(operation))
  }
  return { memory: memoryDisk({ faults: { begin } }), rule, held }
}

const isLog = ({ path }: DiskOperation): boolean => path.endsWith('.wal')

async function fill(storage: RaftStorage, group: GroupName, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at++) {
    await storage.write([{ group, entries: [entryOf(at, 1, new Uint8Array(400).fill(at))] }])
  }
}

describe('a disk that fails', () => {
  test('fails the write, and every later one alike, until the storage is opened anew', async () => {
    const { memory, rule } = unrulyDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA, { hardState: hard(1) })])
    rule.fails = (operation) => (operation.type === 'sync' && isLog(operation) ? { code: 'io-failed' } : undefined)
    const inFlight = storage.write([{ group: groupA, hardState: hard(2) }])
    const error = await inFlight.catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'io-failed',
      message: expect.stringContaining('could not write its log') as string,
    })
    rule.fails = () => undefined
    await expect(storage.write([{ group: groupA, hardState: hard(3) }])).rejects.toBe(error)
    await storage[Symbol.asyncDispose]()
    memory.crash(prng)
    const again = await open(memory)
    expect([1, 2]).toContain(again.recovered.get(groupA)?.hardState.term)
    await again.write([{ group: groupA, hardState: hard(4) }])
  })

  test('and shows what its cache holds: that is durable once it was recovered', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { memory, rule } = unrulyDisk()
      const storage = await open(memory)
      await storage.write([begins(groupA)])
      rule.fails = (operation) => (operation.type === 'sync' && isLog(operation) ? { code: 'io-failed' } : undefined)
      const entries = [entryOf(1, 1, new Uint8Array(1_500).fill(seed))]
      await expect(storage.write([{ group: groupA, entries }])).rejects.toMatchObject({ code: 'io-failed' })
      rule.fails = () => undefined
      memory.kill(new Prng(seed))
      const seen = await open(memory)
      expectGroup(seen, groupA, { hardState: hard(0), snapshot: beginning, entries })
      memory.crash(new Prng(seed))
      const again = await open(memory)
      expectGroup(again, groupA, { hardState: hard(0), snapshot: beginning, entries })
    }
  })

  test('that is full harms nothing durable, and says what to do', async () => {
    const memory = memoryDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    memory.capacityBytes = 40_000
    let written = 0
    const failure = await (async () => {
      while (written < 1_000) {
        await fill(storage, groupA, written + 1, 1)
        written++
      }
    })().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'disk-full',
      hint: expect.stringContaining('everything durable is intact') as string,
    })
    expect(written).toBeGreaterThan(20)
    await storage[Symbol.asyncDispose]()
    memory.crash(prng)
    await expect(open(memory)).rejects.toMatchObject({ code: 'disk-full' })
    memory.crash(prng)
    memory.capacityBytes = Infinity
    const again = await open(memory)
    expect(again.recovered.get(groupA)?.entries.length).toBe(written)
  })

  test('that fills while the next file is made ready, and has room again in time, is warned of', async () => {
    const { memory, rule } = unrulyDisk()
    const logger = new RecordingLogger()
    const storage = await openDiskStorage({ disk: memory.open(), entropy, limits: small, logger })
    await storage.write([begins(groupA)])
    rule.fails = ({ type, path }) => (type === 'write' && path.endsWith('next') ? { code: 'disk-full' } : undefined)
    await fill(storage, groupA, 1, 5)
    rule.fails = () => undefined
    await fill(storage, groupA, 6, 30)
    expect(JSON.stringify(logger.entries)).toContain('could not be made ready')
  })

  test('that stalls lets what comes meanwhile share the next sync', async () => {
    const { memory, rule, held } = unrulyDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    const { syncs } = storage.figures()
    rule.holds = (operation) => operation.type === 'sync' && isLog(operation)
    const writes = [storage.write([{ group: groupA, hardState: hard(1) }])]
    while (held.length === 0) await Promise.resolve()
    for (let term = 2; term < 50; term++) writes.push(storage.write([{ group: groupA, hardState: hard(term) }]))
    rule.holds = () => false
    held[0]?.()
    await Promise.all(writes)
    expect(storage.figures().syncs - syncs).toBe(2)
  })

  test('that lets too much gather has failed', async () => {
    const { memory, rule, held } = unrulyDisk()
    const storage = await open(memory, { waitingBytesMax: 8_192, batchBytesMax: 1_024 })
    await storage.write([begins(groupA)])
    rule.holds = (operation) => operation.type === 'sync' && isLog(operation)
    const first = storage.write([{ group: groupA, hardState: hard(1) }])
    while (held.length === 0) await Promise.resolve()
    const second = storage.write([{ group: groupA, entries: [entryOf(1, 1, new Uint8Array(9_000))] }])
    await expect(second).rejects.toMatchObject({
      code: 'io-failed',
      message: expect.stringContaining('waitingBytesMax') as string,
    })
    held[0]?.()
    await first
  })
})

describe('the files of the log', () => {
  test('go when nothing in them is needed, and are used again', async () => {
    const { memory, rule } = unrulyDisk()
    const kinds = new Set<string>()
    rule.fails = ({ type, path }) => void kinds.add(`${type} ${path.replaceAll(/\d+/g, 'N')}`)
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    for (let round = 0; round < 20; round++) {
      await fill(storage, groupA, round * 20 + 1, 20)
      await storage.write([{ group: groupA, snapshot: markOf(round * 20 + 18, 1) }])
      expect(storage.figures().logBytes).toBeLessThan(8 * small.segmentBytes)
    }
    await storage[Symbol.asyncDispose]()
    expect(memory.paths().filter((path) => path.endsWith('.wal')).length).toBeLessThan(5)
    expect(kinds).toContain('rename raft/log/spare')
    memory.kill(prng)
    const again = await open(memory)
    expectGroup(again, groupA, {
      hardState: hard(0),
      snapshot: markOf(398, 1),
      entries: [399, 400].map((at) => entryOf(at, 1, new Uint8Array(400).fill(at))),
    })
  })

  test('are not kept by a group that has little in them, and hardly ever written to but for a record', async () => {
    const { memory, rule } = unrulyDisk()
    const storage = await open(memory, { segmentBytes: 65_536 })
    await storage.write([begins(groupA), begins(groupB, { hardState: hard(9, 'n1'), entries: run(1, 2, 9) })])
    let last = 0
    for (let round = 0; round < 10; round++) {
      await fill(storage, groupA, last + 1, 200)
      last += 200
      await storage.write([{ group: groupA, snapshot: markOf(last, 1) }])
    }
    expect(storage.crowded()).toEqual([])
    expect(storage.figures().logBytes).toBeLessThan(5 * 65_536)
    const lengths = new Set<number>()
    rule.fails = (operation) =>
      void (isLog(operation) && operation.type === 'truncate' && lengths.add(operation.position))
    await fill(storage, groupA, last + 1, 20)
    expect(lengths.size).toBe(0)
    memory.crash(prng)
    const again = await open(memory)
    expectGroup(again, groupB, { hardState: hard(9, 'n1'), snapshot: beginning, entries: run(1, 2, 9) })
  })

  test('are kept by a group that has much in them, and it is named when they are too many', async () => {
    const memory = memoryDisk()
    const storage = await open(memory, { crowdedBytes: 40_000 })
    await storage.write([begins(groupA), begins(groupB)])
    await fill(storage, groupB, 1, 10)
    expect(storage.crowded()).toEqual([])
    for (let round = 0; round < 20; round++) {
      await fill(storage, groupA, round * 20 + 1, 20)
      await storage.write([{ group: groupA, snapshot: markOf(round * 20 + 20, 1) }])
    }
    expect(storage.crowded()).toEqual([groupB])
    await storage.write([{ group: groupB, snapshot: markOf(10, 1) }])
    await fill(storage, groupA, 401, 40)
    expect(storage.crowded()).toEqual([])
    expect(storage.figures().logBytes).toBeLessThan(40_000)
  })

  test('take a write that is longer than any of them', async () => {
    const memory = memoryDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    const entries = [entryOf(1, 1, new Uint8Array(50_000).fill(1)), entryOf(2, 1, 'next')]
    await storage.write([{ group: groupA, entries }])
    await fill(storage, groupA, 3, 5)
    memory.crash(prng)
    expect((await open(memory)).recovered.get(groupA)?.entries.slice(0, 2)).toEqual(entries)
  })

  test('do not pile up when a node starts again and again', async () => {
    const memory = memoryDisk()
    const first = await open(memory)
    await first.write([begins(groupA)])
    for (let life = 0; life < 12; life++) {
      memory.crash(prng)
      await open(memory)
      expect(memory.paths().length).toBeLessThan(8)
    }
  })
})

test('our own mistakes are told before they are written', async () => {
  const storage = await open(memoryDisk())
  expect(() => storage.write([{ group: groupA, hardState: hard(1) }])).toThrow(
    'the first write of a group has a snapshot',
  )
  await storage.write([begins(groupA, { entries: run(1, 3, 1) })])
  expect(() => storage.write([{ group: groupA, entries: run(5, 5, 1) }])).toThrow('do not follow')
  const gap = [...run(4, 4, 1), ...run(6, 6, 1)]
  expect(() => storage.write([{ group: groupA, entries: gap }])).toThrow(
    'entries of one write do not follow one another',
  )
})

test('a wrong limit is refused with a sentence', () => {
  expect(() => validateStorageLimits({ segmentBytes: 100 })).toThrow('raft storage: segmentBytes is 100; it must be')
  expect(() => validateStorageLimits({ openingSegmentBytes: 2 ** 30 })).toThrow('openingSegmentBytes')
  expect(validateStorageLimits({ segmentBytes: 4_096 }).openingSegmentBytes).toBe(4_096)
})
