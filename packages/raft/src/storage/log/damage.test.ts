import { diskPath, type DiskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, type MemoryDisk } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { drawnWrite } from '../../testing/storage-conformance/drawn-writes.ts'
import { GroupsTwin } from '../../testing/storage-conformance/groups-twin.ts'
import { begins, entryOf, groupA, shown } from '../../testing/storage-conformance/storage-under-test.ts'
import { openDiskStorage } from '../disk-storage.ts'
import type { RaftStorage } from '../storage.ts'

const limits = { segmentBytes: 4_096, openingSegmentBytes: 4_096, readyBytes: 4_096, readBytes: 4_096 }
const first = diskPath('raft/log/0000000001.wal')

function open(memory: MemoryDisk): Promise<RaftStorage> {
  const prng = new Prng(1)
  return openDiskStorage({ disk: memory.open(), entropy: { bytes: (length) => prng.bytes(length) }, limits })
}

type Files = ReadonlyMap<DiskPath, Uint8Array>

/** All files as they are now. */
async function filesOf(memory: MemoryDisk): Promise<Files> {
  const disk = memory.open()
  const files = new Map<DiskPath, Uint8Array>()
  for (const path of memory.paths()) files.set(path, (await disk.read(path)) ?? new Uint8Array(0))
  await disk[Symbol.asyncDispose]()
  return files
}

async function diskOf(files: Files): Promise<MemoryDisk> {
  const memory = memoryDisk()
  const disk = memory.open()
  for (const [path, bytes] of files) await disk.replace(path, bytes)
  await disk[Symbol.asyncDispose]()
  return memory
}

/** What opening them says; a refusal must have changed nothing. */
async function opening(files: Files): Promise<string> {
  const memory = await diskOf(files)
  try {
    const storage = await open(memory)
    return JSON.stringify([...storage.recovered].map(([name, group]) => [name, shown(group)]))
  } catch (error) {
    memory.kill(new Prng(1))
    assert.deepEqual(await filesOf(memory), files)
    return (error as { code?: string }).code ?? String(error)
  }
}

/** Three segments, of which the last has a batch, or is closed. */
async function someLog(options: { readonly closed: boolean }): Promise<Files> {
  const memory = memoryDisk()
  const storage = await open(memory)
  const prng = new Prng(3)
  await storage.write([begins(groupA)])
  for (let at = 1; at <= 9; at++) {
    await storage.write([
      {
        group: groupA,
        entries: [
          entryOf(
            at,
            1,
            prng.bytes(900).map((byte) => byte | 1),
          ),
        ],
      },
    ])
  }
  if (options.closed) await storage[Symbol.asyncDispose]()
  memory.kill(new Prng(1))
  return filesOf(memory)
}

function changed(files: Files, path: DiskPath, change: (bytes: Uint8Array) => Uint8Array | undefined): Files {
  const copy = new Map(files)
  const bytes = change((files.get(path) ?? new Uint8Array(0)).slice())
  if (bytes === undefined) copy.delete(path)
  else copy.set(path, bytes)
  return copy
}

describe('damage', () => {
  test('of any byte of a log that was closed is reported, or harms nothing', async () => {
    const files = await someLog({ closed: true })
    const whole = await opening(files)
    expect(whole).toContain('9 1 command')
    const outcomes = new Set<string>()
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at += path.endsWith('.wal') ? 5 : 1) {
        const bit = 1 << (at & 7)
        const outcome = await opening(changed(files, path, (copy) => copy.with(at, (copy[at] ?? 0) ^ bit)))
        expect(outcome === 'corrupt' || outcome === whole, `${path} byte ${at}: ${outcome}`).toBe(true)
        const counts = bytes[at] !== 0 && /\.wal$|format/.test(path)
        expect(!counts || outcome === 'corrupt', `${path} byte ${at}: ${outcome}`).toBe(true)
        outcomes.add(outcome === whole ? 'whole' : outcome)
      }
    }
    expect([...outcomes].toSorted()).toEqual(['corrupt', 'whole'])
  })

  test('of whole sectors before the last batch is reported', async () => {
    const files = await someLog({ closed: false })
    for (const path of [...files.keys()].filter((name) => name.endsWith('.wal')).slice(0, 2)) {
      const bytes = files.get(path) ?? new Uint8Array(0)
      const end = bytes.findLastIndex((byte) => byte !== 0)
      for (let sector = 0; sector * 512 < end; sector++) {
        for (const fill of [0, 0xff, 0xa5]) {
          const outcome = opening(changed(files, path, (copy) => copy.fill(fill, sector * 512, (sector + 1) * 512)))
          expect(await outcome, `${path} sector ${sector}`).toBe('corrupt')
        }
      }
    }
  })

  test('of whole sectors before the last batch of the newest segment is reported', async () => {
    const memory = memoryDisk()
    const room = { ...limits, segmentBytes: 16_384, openingSegmentBytes: 16_384 }
    const prng = new Prng(1)
    const entropy = { bytes: (length: number): Uint8Array => prng.bytes(length) }
    const storage = await openDiskStorage({ disk: memory.open(), entropy, limits: room })
    await storage.write([begins(groupA)])
    for (let at = 1; at <= 5; at++) {
      await storage.write([{ group: groupA, entries: [entryOf(at, 1, new Uint8Array(900).fill(at))] }])
    }
    memory.kill(new Prng(1))
    const files = await filesOf(memory)
    const last = (files.get(first) ?? new Uint8Array(0)).indexOf(5, 4_000)
    expect(last).toBeGreaterThan(4_000)
    for (let sector = 1; (sector + 1) * 512 < last - 100; sector++) {
      const outcome = opening(changed(files, first, (copy) => copy.fill(0, sector * 512, (sector + 1) * 512)))
      expect(await outcome, `sector ${sector}`).toBe('corrupt')
    }
  })

  test('is reported where a file is gone, has lost its end, or has the place of another', async () => {
    const files = await someLog({ closed: true })
    const segments = [...files.keys()].filter((name) => name.endsWith('.wal'))
    expect(segments.length).toBeGreaterThan(3)
    for (const path of segments) {
      expect(await opening(changed(files, path, (bytes) => bytes.subarray(0, -1))), `${path} cut`).toBe('corrupt')
      if (path === segments.at(-1)) continue // It is ready, and nothing is in it.
      expect(await opening(changed(files, path, () => undefined)), `${path} gone`).toBe('corrupt')
      expect(await opening(changed(files, path, () => files.get(segments.at(-1) ?? path)))).toBe('corrupt')
    }
    expect(await opening(changed(files, diskPath('raft/format'), () => undefined))).toBe('corrupt')
    const none = new Map([...files].filter(([path]) => !path.endsWith('.wal')))
    expect(await opening(none)).toBe('corrupt')
  })

  test('says which file and byte, and what to do', async () => {
    const files = await someLog({ closed: true })
    const damaged = await diskOf(changed(files, first, (bytes) => bytes.with(700, 0)))
    await expect(open(damaged)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/raft\/log\/0000000001\.wal, byte \d+: /) as string,
      hint: expect.stringContaining('remove this node from its groups and join it anew') as string,
    })
  })

  test('of any place that is vouched for is reported after any crash', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const prng = new Prng(seed)
      const memory = memoryDisk()
      const twin = new GroupsTwin()
      const storage = await open(memory)
      for (let count = prng.between(5, 30); count > 0; count--) {
        const write = drawnWrite(prng, twin, [0, 40, 300, 900])
        const acknowledge = twin.give([write])
        if (count > 1) await storage.write([write]).then(acknowledge)
        else storage.write([write]).catch(() => {})
      }
      memory.crash(prng)
      const segments = memory.paths().filter((path) => path.endsWith('.wal'))
      const path = prng.pick(segments)
      const at = memory.rot(path, prng)
      try {
        twin.adopt(await open(memory))
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        assert.equal(code, 'corrupt', `seed ${seed}, ${path} byte ${at}: ${message}`)
      }
    }
  })
})

test('a folder of a newer version is left alone', async () => {
  const files = await someLog({ closed: true })
  const newer = await import('node:zlib').then(
    ({ crc32 }) =>
      (path: DiskPath, crcAt: number) =>
        changed(files, path, (bytes) => {
          const view = new DataView(bytes.buffer)
          view.setUint32(8, 2, true)
          view.setUint32(crcAt, crc32(bytes.subarray(0, crcAt)), true)
          return bytes
        }),
  )
  expect(await opening(newer(diskPath('raft/format'), 36))).toBe('unknown-format')
  expect(await opening(newer(first, 36))).toBe('unknown-format')
})
