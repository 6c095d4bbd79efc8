import { describe, expect, test } from 'vitest'
import { diskPath } from '../../disk/index.ts'
import { Prng } from '../../random/index.ts'
import { diskConformance } from '../disk-conformance/index.ts'
import { memoryDisk, type DiskFailure, type DiskFaults, type DiskOperation, type MemoryDisk } from './index.ts'

const path = diskPath('file')
const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill)

describe('the memory disk does what the port says', () => {
  const make = async () => {
    const memory = memoryDisk()
    const crash = async (seed: number) => {
      memory.crash(new Prng(seed))
      return memory.open()
    }
    return { disk: memory.open(), reopen: async () => memory.open(), crash }
  }
  test.for(diskConformance(make, { crashes: true }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('faults', () => {
  test('decide when an operation is over; until then it has not happened', async () => {
    const { faults, begun } = manualFaults()
    const disk = memoryDisk({ faults }).open()
    const opening = disk.open(path, { create: true })
    await begun(0)
    const file = await opening
    const writing = file.write(0, [bytes(3)])
    expect(file.size).toBe(0)
    expect(await begun(1)).toEqual({ type: 'write', path, position: 0, bytes: 3 })
    await writing
    expect(file.size).toBe(3)
  })

  test('a full disk takes what fits, and the rest when there is room', async () => {
    const memory = memoryDisk({ capacityBytes: 1_000 })
    const disk = memory.open()
    const file = await disk.open(path, { create: true })
    await file.write(0, [bytes(900)])
    await expect(file.write(900, [bytes(200)])).rejects.toMatchObject({ code: 'disk-full' })
    expect(file.size).toBe(1_000)
    await expect(file.truncate(1_001)).rejects.toMatchObject({ code: 'disk-full' })
    await expect(disk.replace(diskPath('other'), bytes(1))).rejects.toMatchObject({ code: 'disk-full' })
    memory.capacityBytes = 2_000
    await file.write(900, [bytes(200)])
    expect(file.size).toBe(1_100)
  })

  test('a failing operation may be done in part, or happen all the same', async () => {
    const failures: (DiskFailure | undefined)[] = []
    const disk = memoryDisk({ faults: { begin: (_, finish) => finish(failures.shift()) } }).open()
    const file = await disk.open(path, { create: true })
    failures.push({ code: 'io-failed', bytesWritten: 2 }, { code: 'io-failed' }, { code: 'io-failed', happens: true })
    await expect(file.write(0, [bytes(10)])).rejects.toMatchObject({ code: 'io-failed' })
    expect(file.size).toBe(2)
    await expect(disk.replace(diskPath('one'), bytes(1))).rejects.toMatchObject({ code: 'io-failed' })
    await expect(disk.replace(diskPath('two'), bytes(1))).rejects.toMatchObject({ code: 'io-failed' })
    expect(await disk.list('')).toEqual(['file', 'two'])
  })

  for (const type of ['read', 'truncate', 'open', 'get', 'rename', 'remove', 'list'] as const) {
    test(`${type} fails when it is told to`, async () => {
      const failing: DiskFaults = {
        begin: (operation, finish) => finish(operation.type === type ? { code: 'io-failed' } : undefined),
      }
      const memory = memoryDisk({ faults: failing })
      const disk = memory.open()
      await disk.replace(path, bytes(1))
      const attempt = async (): Promise<void> => {
        await disk.read(path)
        await disk.list('')
        await disk.rename(path, diskPath('b'))
        await disk.remove(path)
        await using file = await disk.open(diskPath('b'))
        await file.truncate(0)
        await file.read(0, 1)
      }
      await expect(attempt()).rejects.toMatchObject({ code: 'io-failed' })
    })
  }
})

describe('a sync that failed', () => {
  const failing = (): { memory: MemoryDisk; fail: (now: boolean) => void } => {
    let fails = false
    const begin: DiskFaults['begin'] = (operation, finish) =>
      finish(operation.type === 'sync' && fails ? { code: 'io-failed' } : undefined)
    return { memory: memoryDisk({ faults: { begin } }), fail: (now) => void (fails = now) }
  }

  test('poisons the file until it is closed', async () => {
    const { memory, fail } = failing()
    const disk = memory.open()
    const file = await disk.open(path, { create: true })
    fail(true)
    await expect(file.sync()).rejects.toMatchObject({ code: 'io-failed' })
    for (const attempt of [() => file.sync(), () => file.read(0, 1), () => file.write(0, [bytes(1)])]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'poisoned' })
    }
    await file[Symbol.asyncDispose]()
    fail(false)
    await (await disk.open(path)).sync()
  })

  test('leaves in doubt what a later sync does not write anew, and only that', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 100; seed++) {
      const { memory, fail } = failing()
      const disk = memory.open()
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytes(1_024, 1)])
      await file.sync()
      await file.write(0, [bytes(1_024, 2)])
      fail(true)
      await expect(file.sync()).rejects.toMatchObject({ code: 'io-failed' })
      await file[Symbol.asyncDispose]()
      fail(false)
      const again = await disk.open(path)
      await again.write(0, [bytes(512, 3)])
      await again.sync()
      memory.crash(new Prng(seed))
      const left = await memory.open().read(path)
      outcomes.add(`${left?.[0]} ${left?.[512]}`)
    }
    expect([...outcomes].toSorted()).toEqual(['3 1', '3 2'])
  })
})

describe('a crash', () => {
  test('leaves each of what the port allows, for some seed', async () => {
    const lengths = new Set<number>()
    const sectors = new Set<string>()
    for (let seed = 1; seed <= 300; seed++) {
      const memory = memoryDisk()
      const file = await memory.open().open(path, { create: true })
      await file.write(0, [bytes(1_024, 1)])
      await file.sync()
      await file.write(0, [bytes(1_100, 2)])
      await file.write(0, [bytes(512, 3)])
      memory.crash(new Prng(seed))
      const left = (await memory.open().read(path)) ?? bytes(0)
      lengths.add(left.length)
      sectors.add(`${left[0]} ${left[512]}`)
    }
    expect([...sectors].toSorted()).toEqual(['1 1', '1 2', '2 1', '2 2', '3 1', '3 2'])
    expect(Math.min(...lengths)).toBe(1_024)
    expect(Math.max(...lengths)).toBe(1_100)
    expect(lengths.size).toBeGreaterThan(30)
  })

  test('may undo what was written while a sync was at work', async () => {
    const left = new Set<number | undefined>()
    for (let seed = 1; seed <= 50; seed++) {
      const { faults, begun } = manualFaults()
      const memory = memoryDisk({ faults })
      const opening = memory.open().open(path, { create: true })
      await begun(0)
      const file = await opening
      const operations = [file.write(0, [bytes(1, 1)])]
      await begun(1)
      operations.push(file.sync(), file.write(0, [bytes(1, 2)]))
      await begun(3)
      await begun(2)
      await Promise.all(operations)
      memory.crash(new Prng(seed))
      const reading = memory.open().read(path)
      await begun(4)
      left.add((await reading)?.[0])
    }
    expect(left).toEqual(new Set([1, 2]))
  })
})

test('closing a file waits for what is in flight', async () => {
  const { faults, begun } = manualFaults()
  const opening = memoryDisk({ faults }).open().open(path, { create: true })
  await begun(0)
  const file = await opening
  const settled: string[] = []
  const writing = file.write(0, [bytes(1)]).then(() => settled.push('written'))
  const closing = file[Symbol.asyncDispose]().then(() => settled.push('closed'))
  await begun(1)
  await Promise.all([writing, closing])
  expect(settled).toEqual(['written', 'closed'])
})

describe('the end of a life', () => {
  test('what was in flight never resolves, and every handle is closed', async () => {
    const { faults, begun } = manualFaults()
    const memory = memoryDisk({ faults })
    const disk = memory.open()
    const opening = disk.open(path, { create: true })
    await begun(0)
    const file = await opening
    let settled = false
    const settle = (): void => void (settled = true)
    file.write(0, [bytes(1)]).then(settle, settle)
    disk.replace(diskPath('other'), bytes(1)).then(settle, settle)
    await Promise.resolve()
    memory.crash(new Prng(1))
    await begun(1)
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'closed' })
    await expect(disk.list('')).rejects.toMatchObject({ code: 'closed' })
    await file[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
    expect(settled).toBe(false)
    memory.open()
  })

  test('a killed process leaves what reads saw, and a write in flight by whole sectors', async () => {
    const lengths = new Set<number>()
    for (let seed = 1; seed <= 200; seed++) {
      const { faults, begun } = manualFaults()
      const memory = memoryDisk({ faults })
      const opening = memory.open().open(path, { create: true })
      await begun(0)
      const file = await opening
      const writing = file.write(0, [bytes(100)])
      await begun(1)
      await writing
      void file.write(100, [bytes(1_000)])
      void file.truncate(50)
      memory.kill(new Prng(seed))
      const reading = memory.open().read(path)
      await begun(4)
      lengths.add((await reading)?.length ?? -1)
    }
    expect([...lengths].toSorted((one, other) => one - other)).toEqual([50, 100, 512, 1_024, 1_100])
  })

  test('the same calls and the same seed leave the same bytes', async () => {
    const live = async (seed: number): Promise<string> => {
      const memory = memoryDisk()
      const disk = memory.open()
      const prng = new Prng(seed)
      for (const name of prng.shuffled(['a', 'b', 'c', 'd'])) {
        const file = await disk.open(diskPath(name), { create: true })
        for (let count = 0; count < 5; count++) await file.write(prng.below(5_000), [prng.bytes(prng.below(3_000))])
        if (prng.chance(1, 2)) await file.sync()
      }
      memory.crash(prng)
      memory.rot(diskPath('a'), prng)
      const left = memory.open()
      const files = await Promise.all((await left.list('')).map((name) => left.read(name)))
      return files.map((content) => Buffer.from(content ?? []).toString('base64')).join()
    }
    for (let seed = 1; seed <= 20; seed++) expect(await live(seed), `seed ${seed}`).toBe(await live(seed))
    expect(await live(1)).not.toBe(await live(2))
  })
})

test('rot flips one bit, between the places named, also in what a crash brings back', async () => {
  const memory = memoryDisk()
  const disk = memory.open()
  expect(memory.rot(path, new Prng(1))).toBeUndefined()
  const file = await disk.open(path, { create: true })
  await file.write(0, [bytes(2_000, 0)])
  await file.sync()
  await file.write(0, [bytes(2_000, 0)])
  expect(memory.rot(path, new Prng(1), { from: 2_000 })).toBeUndefined()
  const at = memory.rot(path, new Prng(1), { from: 700, below: 900 }) ?? -1
  memory.crash(new Prng(3))
  const left = (await memory.open().read(path)) ?? bytes(0)
  const changed = [...left.entries()].filter(([, byte]) => byte !== 0)
  expect(changed.map(([place]) => place)).toEqual([at])
  expect(at >= 700 && at < 900).toBe(true)
})

/** Every operation waits until `begun(its number)` lets it happen, which returns what it is. */
function manualFaults(): { faults: DiskFaults; begun: (index: number) => Promise<DiskOperation | undefined> } {
  const waiting: { operation: DiskOperation; finish: () => void }[] = []
  const begun = async (index: number): Promise<DiskOperation | undefined> => {
    while (waiting.length <= index) await Promise.resolve()
    waiting[index]?.finish()
    return waiting[index]?.operation
  }
  return { faults: { begin: (operation, finish) => void waiting.push({ operation, finish }) }, begun }
}
