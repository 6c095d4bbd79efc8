import { diskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, type MemoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { assertHolds, content, read, refusalOf } from '../../testing/conformance/content.ts'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { WantedChunk } from '../../tree/contract.ts'
import type { BlobId, ChunkId } from '../../types.ts'
import type { CheckFinding, LocalStore } from '../contract.ts'
import { memoryStore } from '../testing/node-memory-store.ts'

const bytes = content(1, 20_000)

describe('a check', () => {
  test('of a store in which all is well finds nothing, and has read it all', async () => {
    await using store = await memoryStore()
    await store.put(bytes)
    await store.put(content(2, 100))
    const { chunks, chunkBytes } = await store.stats()
    const told: number[] = []
    const report = await store.check({ onProgress: ({ bytesRead }) => void told.push(bytesRead) })
    expect(report).toEqual({
      bytesRead: chunkBytes,
      chunksRead: chunks,
      blobsRead: 2,
      damaged: 0,
      missing: 0,
      mended: 0,
      blobsHurt: [],
    })
    expect(told).toEqual(told.toSorted((one, other) => one - other))
  })

  test('finds any flipped bit, names the blob that it hurts and spares the others', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { store, disk, id, other } = await twoBlobs()
      const { findings, report } = await checked(store, () => rotSomewhere(disk, seed))
      const what = findings.map(({ type }) => type)
      expect({ seed, damaged: report.damaged, blobs: report.blobsRead }).toEqual({ seed, damaged: 1, blobs: 2 })
      expect({ seed, what }).toEqual({ seed, what: expect.arrayContaining(['chunk-damaged']) as string[] })
      const hurt = report.blobsHurt
      expect({ seed, hurt: hurt.length }).toEqual({ seed, hurt: 1 })
      for (const blob of [id, other]) {
        const expected = hurt.includes(blob) ? 'unavailable' : 'nothing'
        expect({ seed, refusal: await refusalOf(read(store, blob)) }).toEqual({ seed, refusal: expected })
      }
      await store[Symbol.asyncDispose]()
    }
  })

  test('mends what others have, lists among it', async () => {
    await using twin = await memoryStore()
    await twin.put(bytes)
    await twin.put(content(2, 3_000))
    for (let seed = 1; seed <= 30; seed++) {
      const { store, disk, id, other } = await twoBlobs()
      const { findings, report } = await checked(store, () => rotSomewhere(disk, seed), twin)
      expect({ seed, mended: report.mended, hurt: report.blobsHurt }).toEqual({ seed, mended: 1, hurt: [] })
      expect(findings.every(({ isMended }) => isMended)).toBe(true)
      await assertHolds(store, id, bytes)
      await assertHolds(store, other, content(2, 3_000))
      const again = await store.check()
      expect({ seed, again: [again.damaged, again.missing] }).toEqual({ seed, again: [0, 0] })
      await store[Symbol.asyncDispose]()
    }
  })

  test('takes from others only what it asked for', async () => {
    const { store, disk } = await twoBlobs()
    rotSomewhere(disk, 3)
    const report = await store.check({ bring: () => Promise.resolve(content(9, 200)) })
    expect([report.mended, report.blobsHurt.length]).toEqual([0, 1])
    await store[Symbol.asyncDispose]()
  })

  test('names every blob that a missing chunk hurts', async () => {
    await using store = await memoryStore()
    const small = content(3, 60)
    const { id } = await store.put(small)
    const row = await store.resolve(id)
    const [place] = await store.vault.catalogue.places(row === undefined ? [] : [row.root])
    if (row === undefined || place === undefined) throw new Error('it was put')
    await store.vault.catalogue.commit([{ type: 'drop-chunks', chunks: [{ id: row.root, place }] }])
    const { findings, report } = await checked(store, () => {})
    expect(findings).toEqual([{ type: 'chunk-missing', id: row.root, blobs: [id], isMended: false }])
    expect([report.damaged, report.missing, report.blobsHurt]).toEqual([0, 1, [id]])
  })

  test('is one at a time, and ends when it is told to', async () => {
    await using store = await memoryStore()
    await store.put(bytes)
    const first = store.check()
    expect(await refusalOf(store.check())).toBe('overloaded')
    await first
    const reason = new Error('enough')
    await expect(store.check({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await store.check()
  })
})

async function twoBlobs(): Promise<{
  readonly store: LocalStore
  readonly disk: MemoryDisk
  readonly id: BlobId
  readonly other: BlobId
}> {
  const disk = memoryDisk()
  const store = await memoryStore({ disk: disk.open() })
  const { id } = await store.put(bytes)
  const other = await store.put(content(2, 3_000))
  return { store, disk, id, other: other.id }
}

/** In what was written, not in the head of a pack, which says nothing that is needed. */
function rotSomewhere(disk: MemoryDisk, seed: number): void {
  const random = new Prng(seed)
  const packs = disk.paths().filter((path) => path.startsWith('packs/'))
  disk.rot(diskPath(random.pick(packs)), random, { from: 64 })
}

async function checked(
  store: LocalStore,
  hurt: () => void,
  twin?: LocalStore,
): Promise<{
  readonly findings: readonly CheckFinding[]
  readonly report: Awaited<ReturnType<LocalStore['check']>>
}> {
  hurt()
  const findings: CheckFinding[] = []
  const report = await store.check({
    onFinding: (finding) => void findings.push(finding),
    ...(twin === undefined ? {} : { bring: (id: ChunkId) => bringFrom(twin, id) }),
  })
  return { findings, report }
}

async function bringFrom(twin: LocalStore, id: ChunkId): Promise<Uint8Array | undefined> {
  const wanted: WantedChunk[] = []
  for (const blob of await twin.vault.catalogue.blobs({ limit: 100 })) {
    const visit = (chunks: readonly WantedChunk[]): readonly ChunkId[] => {
      wanted.push(...chunks.filter((chunk) => chunk.id === id))
      return chunks.map((chunk) => chunk.id)
    }
    await walkBlob(blob, { source: twin.vault, visit })
  }
  const [found] = await twin.vault.read(wanted.slice(0, 1), {})
  return found
}
