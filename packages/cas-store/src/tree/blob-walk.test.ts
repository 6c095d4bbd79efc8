import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { memoryChunks, type MemoryChunks } from '../testing/memory-chunks.ts'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import { walkBlob } from './blob-walk.ts'
import { writeBlob } from './blob-writer.ts'
import type { ChunkSource, WantedChunk } from './contract.ts'
import { readingDefaults, treeLimits } from './limits.ts'
import { decodeList, encodeList } from './list-codec.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(1))
const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 80, max: 200 } }]
const store: MemoryChunks = memoryChunks(nodeCrypto())
let blob: BlobDescriptor

beforeAll(async () => {
  const content = new Prng(1).bytes(1_000_000)
  content.copyWithin(600_000, 0, 300_000) // Some lists come twice.
  blob = await writeBlob(content, { sink: store, plan, gear })
})

/** Below that list, itself included. */
function below(id: ChunkId): Set<ChunkId> {
  const chunk = store.chunks.get(id)
  const entries = chunk?.kind === 'list' ? decodeList(chunk.bytes).entries : []
  return new Set([id, ...entries.flatMap((entry) => [...below(entry.id)])])
}

function listsBelow(): { readonly id: ChunkId; readonly bytes: Uint8Array }[] {
  return [...below(blob.root)].flatMap((id) => {
    const chunk = store.chunks.get(id)
    return chunk?.kind === 'list' && id !== blob.root ? [{ id, bytes: chunk.bytes }] : []
  })
}

const everything = (chunks: readonly WantedChunk[]): ChunkId[] => chunks.map(({ id }) => id)

/** Without those, and counting how often lists were read. */
function sourceWithout(missing: ReadonlySet<ChunkId>, code = 'not-found') {
  const reads = new Map<ChunkId, number>()
  const source: ChunkSource = {
    read: async (wanted) => {
      const gone = wanted.find(({ id }) => missing.has(id))
      if (gone !== undefined) throw new FlotillaError(code, `${gone.id} is gone`)
      for (const { id } of wanted) reads.set(id, (reads.get(id) ?? 0) + 1)
      return store.read(wanted)
    },
  }
  return { source, reads }
}

describe('a walk', () => {
  test('names every chunk, with its kind and its size, the root first', async () => {
    const seen = new Map<ChunkId, WantedChunk>()
    const visits: (readonly WantedChunk[])[] = []
    const visit = async (chunks: readonly WantedChunk[]): Promise<ChunkId[]> => {
      visits.push(chunks)
      for (const chunk of chunks) seen.set(chunk.id, chunk)
      return everything(chunks)
    }
    await walkBlob(blob, { source: store, visit })
    expect(new Set(seen.keys())).toEqual(below(blob.root))
    for (const { id, kind, size } of seen.values()) {
      const chunk = store.chunks.get(id)
      expect(chunk?.kind).toBe(kind)
      expect(kind === 'list' || chunk?.bytes.length === size).toBe(true)
    }
    expect(visits[0]).toEqual([{ id: blob.root, kind: 'list', size: blob.size }])
    const visitMax = readingDefaults.listsAtOnceMax * treeLimits.listEntriesMax
    for (const chunks of visits) {
      expect(chunks.length).toBeLessThanOrEqual(visitMax)
      expect(new Set(chunks.map(({ kind }) => kind)).size).toBe(1)
    }
  })

  test('descends where it is told to, and reads nothing else', async () => {
    const { source, reads } = sourceWithout(new Set())
    const marked = new Set<ChunkId>()
    const visit = (chunks: readonly WantedChunk[]): ChunkId[] => {
      const fresh = chunks.filter(({ id }) => !marked.has(id))
      for (const { id } of fresh) marked.add(id)
      return everything(fresh)
    }
    await walkBlob(blob, { source, visit })
    expect(marked).toEqual(below(blob.root))
    expect([...reads.values()].every((times) => times === 1)).toBe(true)
    expect([...reads.keys()].every((id) => store.chunks.get(id)?.kind === 'list')).toBe(true)
    const before = [...reads.values()]
    await walkBlob(blob, { source, visit })
    expect([...reads.values()]).toEqual(before)
    await walkBlob(blob, { source, visit: () => [] })
    expect([...reads.values()]).toEqual(before)
  })

  test('of a single chunk names that', async () => {
    const { source, reads } = sourceWithout(new Set())
    const visits: unknown[] = []
    const small = await writeBlob(new Uint8Array(10), { sink: store, plan, gear })
    await walkBlob(small, { source, visit: (chunks) => (visits.push(chunks), everything(chunks)) })
    expect(visits).toEqual([[{ id: small.root, kind: 'data', size: 10 }]])
    expect(reads.size).toBe(0)
  })

  test('stops when it is aborted', async () => {
    const stop = new AbortController()
    let visits = 0
    const visit = (chunks: readonly WantedChunk[]): ChunkId[] => {
      if (visits++ === 1) stop.abort(new Error('enough'))
      return everything(chunks)
    }
    const { source } = sourceWithout(new Set())
    await expect(walkBlob(blob, { source, visit, signal: stop.signal })).rejects.toThrow('enough')
    expect(visits).toBe(2)
  })

  test('of two entries that name one list and two sizes finds that one is wrong', async () => {
    const [list] = listsBelow()
    if (list === undefined) throw new Error('there are lists')
    const { depth, entries } = decodeList(list.bytes)
    const size = entries.reduce((sum, entry) => sum + entry.size, 0)
    const twice = [list, list].map(({ id }, more) => ({ id, size: size + more }))
    for (const named of [twice, twice.toReversed()]) {
      const [root] = await store.add('list', [encodeList({ depth: depth + 1, entries: named })])
      if (root === undefined) throw new Error('it was added')
      const wrong: BlobDescriptor = { root: root.id, depth: depth + 1, size: 2 * size + 1 }
      await expect(walkBlob(wrong, { source: store, visit: everything })).rejects.toMatchObject({ code: 'corrupt' })
    }
  })
})

describe('a list that cannot be read', () => {
  test.each(['not-found', 'corrupt', 'unavailable'])('ends the walk, or is told and passed over: %s', async (code) => {
    const gone = new Set(listsBelow().flatMap(({ id }, index) => (index % 3 === 1 ? [id] : [])))
    expect(gone.size).toBeGreaterThan(3)
    const { source } = sourceWithout(gone, code)
    await expect(walkBlob(blob, { source, visit: everything })).rejects.toMatchObject({ code })
    const told = new Set<ChunkId>()
    const seen = new Set<ChunkId>()
    await walkBlob(blob, {
      source,
      visit: (chunks) => everything(chunks).map((id) => (seen.add(id), id)),
      onUnreadable: ({ id, kind }, error) => {
        expect(kind).toBe('list')
        expect(error).toMatchObject({ code })
        told.add(id)
      },
    })
    expect(told).toEqual(gone)
    const stillThere = listsBelow().filter(({ id }) => !gone.has(id))
    const expected = new Set([...listsBelow().map(({ id }) => id), ...stillThere.flatMap(({ id }) => [...below(id)])])
    expect(seen).toEqual(new Set([blob.root, ...expected]))
  })

  test('for another reason ends the walk anyway', async () => {
    const { source } = sourceWithout(new Set([blob.root]), 'closed')
    const walk = walkBlob(blob, { source, visit: everything, onUnreadable: () => {} })
    await expect(walk).rejects.toMatchObject({ code: 'closed' })
  })
})
