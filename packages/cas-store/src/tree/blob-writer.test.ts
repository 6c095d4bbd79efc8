import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PutProgress } from '../blobs.ts'
import { createChunker } from '../chunking/chunker.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { chunkPlanDefault } from '../chunking/plan.ts'
import { memoryChunks } from '../testing/memory-chunks.ts'
import { drawnPieces, sampleContent } from '../testing/sample-content.ts'
import type { ChunkId } from '../types.ts'
import { writeBlob, type FillingSource, type WriteOptions } from './blob-writer.ts'
import type { AddOptions, ChunkSink, WrittenBlob } from './contract.ts'
import { ListLevels } from './list-levels.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(1))
const plan: ChunkPlan = [
  { from: 0, sizes: { min: 64, average: 100, max: 300 } },
  { from: 5_000, sizes: { min: 100, average: 200, max: 400 } },
]

/** All at once: the whole content in memory. */
async function dumbBlob(content: Uint8Array, store = memoryChunks(nodeCrypto())): Promise<WrittenBlob> {
  const chunker = createChunker(plan, gear)
  const chunks: Uint8Array[] = []
  let start = 0
  for (let end = chunker.next(content, 0); end !== -1; end = chunker.next(content, end)) {
    chunks.push(content.slice(start, end))
    start = end
  }
  if (start < content.length || chunks.length === 0) chunks.push(content.slice(start))
  const entries: { id: ChunkId; size: number }[] = []
  const [totals] = [{ bytesKnown: 0, bytesStored: 0 }]
  for (const chunk of chunks) {
    const [added] = await store.add('data', [chunk])
    if (added === undefined) throw new Error('nothing was added')
    entries.push({ id: added.id, size: chunk.length })
    totals.bytesKnown += added.isKnown ? chunk.length : 0
    totals.bytesStored += added.bytesStored
  }
  const levels = new ListLevels(async (lists) => {
    const added = await store.add('list', lists)
    for (const { bytesStored } of added) totals.bytesStored += bytesStored
    return added.map(({ id }) => id)
  }, 256)
  await levels.push(entries)
  return { size: content.length, ...(await levels.finish()), ...totals }
}

async function* streamed(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
}

function filling(content: Uint8Array, bytesMax: number, size?: number): FillingSource {
  let at = 0
  return {
    size,
    fill: async (into) => {
      const count = Math.min(into.length, bytesMax, content.length - at)
      into.set(content.subarray(at, at + count))
      at += count
      return count
    },
  }
}

/** A disk that copies what it is given, and says at once or later that the memory may be used again. */
function copyingSink(isReleasing: (call: number) => boolean): ChunkSink & { readonly store: typeof store } {
  const store = memoryChunks(nodeCrypto())
  const held: (() => void)[] = []
  let calls = 0
  const add: ChunkSink['add'] = async (kind, chunks, options) => {
    const copies = chunks.map((chunk) => chunk.slice())
    await Promise.resolve()
    expect(chunks.map((chunk) => chunk.slice())).toEqual(copies)
    const { release } = options ?? {}
    if (release !== undefined) held.push(release, release)
    if (isReleasing(calls++)) for (const each of held.splice(0)) each()
    return store.add(kind, copies)
  }
  return { store, add }
}

describe('a blob', () => {
  test('is that of the dumb twin, whatever it comes from and however', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 60_000 })),
        fc.constantFrom(1, 400, 5_000, 100_000),
        async (seed, length, batchBytes) => {
          const prng = new Prng(seed)
          const content = sampleContent(prng, length)
          const expected = await dumbBlob(content)
          const piecesMax = prng.pick([300, 3_000, 50_000])
          const size = prng.pick([undefined, length, 0, 2 * length])
          for (const source of [
            content,
            streamed(drawnPieces(prng, content, piecesMax)),
            filling(content, piecesMax, size),
          ]) {
            const sink = copyingSink(() => prng.chance(1, 2))
            const options: WriteOptions = { sink, plan, gear, batchBytes, batchesInFlightMax: prng.between(1, 4) }
            expect(await writeBlob(source, options)).toEqual(expected)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('of nothing is one chunk of nothing', async () => {
    for (const source of [new Uint8Array(0), streamed([]), streamed([new Uint8Array(0)]), filling(gearless, 9)]) {
      const sink = memoryChunks(nodeCrypto())
      const blob = await writeBlob(source, { sink, plan, gear })
      const root = sink.identify('data', new Uint8Array(0))
      expect(blob).toEqual({ size: 0, depth: 0, root, bytesKnown: 0, bytesStored: 0 })
      expect([...sink.chunks.keys()]).toEqual([root])
    }
  })

  test('is copied: what the caller does with its bytes behind a piece or the end changes nothing', async () => {
    const content = new Prng(1).bytes(20_000)
    const expected = await dumbBlob(content)
    const sink = memoryChunks(nodeCrypto())
    const reused = new Uint8Array(1_000)
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < content.length; at += reused.length) {
        reused.set(content.subarray(at, at + reused.length))
        yield reused
      }
    }
    expect(await writeBlob(source(), { sink, plan, gear })).toEqual(expected)
    const small = new Uint8Array(50).fill(7)
    const { root } = await writeBlob(small, { sink, plan, gear })
    small.fill(8)
    expect(sink.chunks.get(root)?.bytes).toEqual(new Uint8Array(50).fill(7))
  })

  test('that is here already is known, and takes no room', async () => {
    const sink = memoryChunks(nodeCrypto())
    const content = new Prng(2).bytes(30_000)
    const told: PutProgress[] = []
    const first = await writeBlob(content, { sink, plan, gear })
    const again = await writeBlob(content, { sink, plan, gear, batchBytes: 5_000, onProgress: (at) => told.push(at) })
    expect(first.bytesStored).toBeGreaterThan(30_000)
    expect(again).toEqual({ ...first, bytesKnown: 30_000, bytesStored: 0 })
    expect(told.length).toBeGreaterThan(3)
    expect(told.at(-1)).toEqual({ bytesRead: 30_000, bytesKnown: 30_000 })
    expect(told.map(({ bytesKnown }) => bytesKnown)).toEqual(told.map((at) => at.bytesKnown).toSorted((a, b) => a - b))
  })
})

const gearless = new Uint8Array(0)

describe('what it costs', () => {
  test('a file of one chunk: one slab of its size, one call', async () => {
    const calls: [number, AddOptions | undefined][] = []
    const slabs: number[] = []
    const store = memoryChunks(nodeCrypto())
    const sink: ChunkSink = {
      add: (kind, chunks, options) => {
        calls.push([chunks.length, options])
        return store.add(kind, chunks)
      },
    }
    const slab = (byteLength: number): Uint8Array => {
      slabs.push(byteLength)
      return new Uint8Array(byteLength)
    }
    await writeBlob(new Uint8Array(4_096), { sink, plan: chunkPlanDefault, gear, slab })
    await writeBlob(filling(new Uint8Array(4_096), 9_999, 4_096), { sink, plan: chunkPlanDefault, gear, slab })
    await writeBlob(streamed([new Uint8Array(4_096)]), { sink, plan: chunkPlanDefault, gear, slab })
    expect(slabs).toEqual([4_096, 4_097, 64 * 1_024])
    expect(calls.map(([count]) => count)).toEqual([1, 1, 1])
  })

  test('slabs that were released are used again', async () => {
    const content = new Prng(3).bytes(200_000)
    const expected = await dumbBlob(content)
    for (const [isReleasing, slabsMax] of [
      [() => true, 6],
      [() => false, 60],
    ] as const) {
      const sink = copyingSink(isReleasing)
      let slabs = 0
      const slab = (byteLength: number): Uint8Array => {
        slabs++
        return new Uint8Array(byteLength)
      }
      const options = { sink, plan, gear, slab, batchBytes: 5_000, batchesInFlightMax: 2 }
      expect(await writeBlob(streamed([content]), options)).toEqual(expected)
      expect(slabs).toBeLessThanOrEqual(slabsMax)
      expect(slabs).toBeGreaterThan(isReleasing() ? 1 : 35)
    }
  })
})
