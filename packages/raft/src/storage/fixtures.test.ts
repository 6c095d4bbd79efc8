import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import { memoryDisk } from '@flotilla/core/testing'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  beginning,
  begins,
  entryOf,
  expectGroup,
  groupA,
  groupB,
  hard,
  markOf,
  run,
  someConfiguration,
} from '../testing/storage-conformance/storage-under-test.ts'
import type { Configuration, SnapshotMark } from '../types.ts'
import { openDiskStorage } from './disk-storage.ts'

const limits = { segmentBytes: 4_096, openingSegmentBytes: 4_096, readBytes: 4_096 }
const fixtures = fileURLToPath(new URL('../../fixtures/v1/storage/', import.meta.url))
const content = new TextEncoder().encode('the state of the machine '.repeat(50))
const mark: SnapshotMark = markOf(30, 2, { id: '0102030405060708090a0b0c0d0e0f10', bytes: content.length })

type Files = ReadonlyMap<string, Uint8Array>

/** What today's program writes; the stored files are what version 1 wrote, and change never. */
async function written(): Promise<{ readonly [Name in 'closed' | 'torn' | 'corrupt']: Files }> {
  const memory = memoryDisk()
  const disk = memory.open()
  let draws = 0
  const entropy = { bytes: (length: number) => Uint8Array.from({ length }, (_, at) => 16 * draws + at + 1) }
  const storage = await openDiskStorage({ disk, entropy, limits })
  await storage.write([begins(groupA, { hardState: hard(2, 'n1') }), begins(groupB)])
  for (let at = 1; at <= 40; at++) {
    const kind = at === 1 ? 'empty' : at === 2 ? 'configuration' : 'command'
    await storage.write([{ group: groupA, entries: [entryOf(at, 2, `${'payload '.repeat(20)}${at}`, kind)] }])
  }
  {
    await using writer = await storage.snapshots.create(groupA, markOf(30, 2))
    await writer.write(content)
    draws++
    expect(await writer.finish()).toEqual(mark)
  }
  await storage.write([
    { group: groupA, snapshot: mark },
    { group: groupB, hardState: hard(3), entries: run(1, 2, 3) },
  ])
  await storage.write([{ group: groupA, hardState: hard(3, 'n2'), entries: [entryOf(41, 3, 'x'.repeat(700))] }])
  // Until the files in the background are at rest.
  for (let turn = 0; turn < 1_000; turn++) await Promise.resolve()
  const open = await filesOn(disk, memory.paths())
  await storage[Symbol.asyncDispose]()
  const closed = await filesOn(disk, memory.paths())
  const [last = ''] = [...open.keys()].filter((path) => path.endsWith('.wal')).slice(-2)
  const bytes = open.get(last) ?? new Uint8Array(0)
  const end = bytes.findLastIndex((byte) => byte !== 0)
  const torn = new Map(open).set(last, bytes.slice().fill(0, end - 300))
  const [oldest = ''] = [...closed.keys()].filter((path) => path.endsWith('.wal'))
  const damaged = (closed.get(oldest) ?? new Uint8Array(0)).slice()
  damaged[600] = (damaged[600] ?? 0) ^ 1
  return { closed, torn, corrupt: new Map(closed).set(oldest, damaged) }
}

async function filesOn(disk: Disk, paths: readonly DiskPath[]): Promise<Files> {
  const files = new Map<string, Uint8Array>()
  for (const path of paths) files.set(path, (await disk.read(path)) ?? new Uint8Array(0))
  return files
}

async function stored(name: string): Promise<Files> {
  const files = new Map<string, Uint8Array>()
  for (const entry of await readdir(`${fixtures}${name}`, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = `${entry.parentPath}/${entry.name}`
    files.set(path.slice(`${fixtures}${name}/`.length), new Uint8Array(await readFile(path)))
  }
  return files
}

async function diskOf(name: string): Promise<Disk> {
  const disk = memoryDisk().open()
  for (const [path, bytes] of await stored(name)) await disk.replace(diskPath(path), bytes)
  return disk
}

const entropy = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(9) }
const kept = Array.from({ length: 10 }, (_, at) => entryOf(at + 31, 2, `${'payload '.repeat(20)}${at + 31}`))
const configuration: Configuration = someConfiguration

test('what is written is what version 1 wrote, byte for byte', async () => {
  for (const [name, files] of Object.entries(await written())) {
    for (const [path, bytes] of process.env['UPDATE'] === '1' ? files : []) {
      await mkdir(dirname(`${fixtures}${name}/${path}`), { recursive: true })
      await writeFile(`${fixtures}${name}/${path}`, bytes, { flag: 'wx' })
    }
    expect(await stored(name)).toEqual(new Map([...files].toSorted(([one], [other]) => (one < other ? -1 : 1))))
  }
})

test('a storage of version 1 opens', async () => {
  await using storage = await openDiskStorage({ disk: await diskOf('closed'), entropy, limits })
  const entries = [...kept, entryOf(41, 3, 'x'.repeat(700))]
  expectGroup(storage, groupA, { hardState: hard(3, 'n2'), snapshot: { ...mark, configuration }, entries })
  expectGroup(storage, groupB, { hardState: hard(3), snapshot: beginning, entries: run(1, 2, 3) })
  const pieces: Uint8Array[] = []
  for await (const piece of storage.snapshots.read(groupA, mark)) pieces.push(piece)
  expect(Buffer.concat(pieces)).toEqual(Buffer.from(content))
})

test('a storage of version 1 that a crash has interrupted opens with what was durable', async () => {
  await using storage = await openDiskStorage({ disk: await diskOf('torn'), entropy, limits })
  expect([...storage.recovered.keys()].toSorted()).toEqual([groupA, groupB])
  expectGroup(storage, groupA, { hardState: hard(2, 'n1'), snapshot: { ...mark, configuration }, entries: kept })
})

test('a storage of version 1 that is damaged is refused', async () => {
  const opening = openDiskStorage({ disk: await diskOf('corrupt'), entropy, limits })
  await expect(opening).rejects.toMatchObject({ code: 'corrupt' })
})
