import { diskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { memoryDisk } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { begins, entryOf, groupA } from '../../testing/storage-conformance/storage-under-test.ts'
import { openDiskStorage } from '../disk-storage.ts'
import type { RaftStorage } from '../storage.ts'

const limits = { segmentBytes: 16_384, openingSegmentBytes: 16_384, readBytes: 4_096 }
const path = diskPath('raft/log/0000000001.wal')
const prng = new Prng(1)
const entropy = { bytes: (length: number): Uint8Array => prng.bytes(length) }

async function logOf(entries: number): Promise<{ files: Map<string, Uint8Array>; bytes: Uint8Array }> {
  const memory = memoryDisk()
  const storage = await openDiskStorage({
    disk: memory.open(),
    entropy: { bytes: (count) => new Uint8Array(count) },
    limits,
  })
  await storage.write([begins(groupA)])
  for (let at = 1; at <= entries; at++) {
    await storage.write([{ group: groupA, entries: [entryOf(at, 1, new Uint8Array(at === 2 ? 1_500 : 20).fill(at))] }])
  }
  memory.kill(prng)
  const disk = memory.open()
  const files = new Map<string, Uint8Array>()
  for (const name of memory.paths()) files.set(name, (await disk.read(name)) ?? new Uint8Array(0))
  return { files, bytes: files.get(path) ?? new Uint8Array(0) }
}

async function entriesIn(files: ReadonlyMap<string, Uint8Array>, bytes: Uint8Array): Promise<number | string> {
  const memory = memoryDisk()
  const disk = memory.open()
  for (const [name, content] of files) await disk.replace(diskPath(name), name === path ? bytes : content)
  let storage: RaftStorage
  try {
    storage = await openDiskStorage({ disk, entropy, limits })
  } catch (error) {
    return String((error as { code?: string }).code)
  }
  return storage.recovered.get(groupA)?.entries.length ?? 'no group'
}

test('a batch that was cut short at any byte is left out', async () => {
  const before = (await logOf(1)).bytes.findLastIndex((byte) => byte !== 0) + 1
  const { files, bytes } = await logOf(2)
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  expect(end - before).toBeGreaterThan(1_500)
  for (let cut = before; cut < end; cut++)
    expect(await entriesIn(files, bytes.slice().fill(0, cut)), `cut at ${cut}`).toBe(1)
  expect(await entriesIn(files, bytes)).toBe(2)
})

test('a batch of which any sectors are missing is left out', async () => {
  const before = (await logOf(1)).bytes.findLastIndex((byte) => byte !== 0) + 1
  const { files, bytes } = await logOf(2)
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  const sectors: number[] = []
  for (let sector = Math.floor(before / 512); sector * 512 < end; sector++) sectors.push(sector)
  for (let missing = 1; missing < 2 ** sectors.length; missing++) {
    const torn = bytes.slice()
    for (const [bit, sector] of sectors.entries()) {
      if (missing & (1 << bit)) torn.fill(0, Math.max(before, sector * 512), (sector + 1) * 512)
    }
    expect(await entriesIn(files, torn), `missing ${missing.toString(2)}`).toBe(1)
  }
})

test('a bit that is wrong in the last batch is damage, not an interruption', async () => {
  const before = (await logOf(1)).bytes.findLastIndex((byte) => byte !== 0) + 1
  const { files, bytes } = await logOf(2)
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  for (let at = before; at < end; at++) {
    const bit = 1 << (at & 7)
    const damaged = bytes.with(at, (bytes[at] ?? 0) ^ bit)
    expect(await entriesIn(files, damaged), `byte ${at}`).toBe('corrupt')
  }
})
