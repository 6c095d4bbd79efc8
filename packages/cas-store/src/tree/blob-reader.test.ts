import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { memoryChunks, type MemoryChunks } from '../testing/memory-chunks.ts'
import { sampleContent } from '../testing/sample-content.ts'
import type { BlobDescriptor, ByteRange } from '../types.ts'
import { readBlob, type ReadOptions } from './blob-reader.ts'
import { writeBlob } from './blob-writer.ts'
import type { ChunkSource, WantedChunk } from './contract.ts'
import { decodeList } from './list-codec.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(1))
const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 80, max: 200 } }]
const store: MemoryChunks = memoryChunks(nodeCrypto())

interface Sample {
  readonly content: Uint8Array
  readonly blob: BlobDescriptor
}
const samples: Sample[] = []

beforeAll(async () => {
  const prng = new Prng(1)
  for (const length of [0, 1, 64, 1_000, 20_000, 300_000, 1_000_000, 9_000_000]) {
    const content = length < 1_000_000 ? sampleContent(prng, length) : prng.bytes(length)
    samples.push({ content, blob: await writeBlob(content, { sink: store, plan, gear }) })
  }
})

async function bytesOf(blob: BlobDescriptor, options: Partial<ReadOptions> = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of readBlob(blob, { source: store, ...options })) pieces.push(piece)
  return Buffer.concat(pieces)
}

function sampleAt(index: number): Sample {
  const sample = samples.at(index)
  if (sample === undefined) throw new Error(`there is no sample ${index}`)
  return sample
}

/** What is asked of it, and how much content at most was asked for and not yet given. */
class WatchedSource implements ChunkSource {
  readonly asked: WantedChunk[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  bytesAsked = 0
  readonly bytesOut: number[] = []
  bytesGiven = 0

  async read(...[wanted, options]: Parameters<ChunkSource['read']>): Promise<readonly Uint8Array[]> {
    this.asked.push(...wanted)
    this.signals.push(options.signal)
    for (const { kind, size } of wanted) if (kind === 'data') this.bytesAsked += size
    this.bytesOut.push(this.bytesAsked - this.bytesGiven)
    return store.read(wanted, options)
  }
}

describe('a range', () => {
  test('has just the bytes that the content has there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const prng = new Prng(seed)
        const { content, blob } = prng.pick(samples)
        const start = prng.between(0, content.length)
        const length = prng.between(0, Math.min(content.length - start, prng.pick([0, 1, 100, 10_000, 200_000])))
        const windowBytes = prng.pick([1, 100, 1_000, 50_000])
        const read = await bytesOf(blob, { range: { start, length }, windowBytes })
        expect(Buffer.compare(read, content.subarray(start, start + length))).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  test('that is not asked for is all of it, of trees of every depth', async () => {
    expect(new Set(samples.map(({ blob }) => blob.depth))).toEqual(new Set([0, 1, 2, 3]))
    for (const { content, blob } of samples) expect(Buffer.compare(await bytesOf(blob), content)).toBe(0)
  })

  test('of few bytes reads few chunks', async () => {
    const { blob } = sampleAt(-1)
    const source = new WatchedSource()
    await bytesOf(blob, { source, range: { start: 1_500_000, length: 10 } })
    const data = source.asked.filter(({ kind }) => kind === 'data')
    expect(data.length).toBeLessThanOrEqual(2)
    expect(source.asked.length - data.length).toBeLessThanOrEqual(2 * blob.depth)
    await bytesOf(blob, { source, range: { start: 1_500_000, length: 0 } })
    expect(source.asked.filter(({ kind }) => kind === 'data')).toEqual(data)
  })

  test('that begins or ends where a chunk or a list does reads nothing beside it', async () => {
    const { blob } = sampleAt(-2)
    const root = decodeList(store.chunks.get(blob.root)?.bytes ?? new Uint8Array(0))
    const [first] = root.entries
    const below = decodeList(store.chunks.get(first?.id ?? blob.root)?.bytes ?? new Uint8Array(0))
    const [chunk, next] = below.entries
    if (first === undefined || chunk === undefined || next === undefined) throw new Error('it is a tree of two levels')
    const asked = async (range: ByteRange): Promise<unknown> => {
      const source = new WatchedSource()
      await bytesOf(blob, { source, range })
      return source.asked.map(({ id }) => id)
    }
    const lists = [blob.root, first.id]
    expect(await asked({ start: chunk.size, length: 1 })).toEqual([...lists, next.id])
    expect(await asked({ start: 0, length: chunk.size })).toEqual([...lists, chunk.id])
    expect(await asked({ start: 0, length: first.size })).toEqual([...lists, ...below.entries.map(({ id }) => id)])
  })

  test.each<[string, ByteRange]>([
    ['ends behind it', { start: 1, length: 1_000 }],
    ['begins behind it', { start: 1_001, length: 0 }],
    ['begins before it', { start: -1, length: 1 }],
    ['is shorter than nothing', { start: 1, length: -1 }],
    ['is of half bytes', { start: 0.5, length: 1 }],
    ['is no number', { start: 0, length: Number.NaN }],
  ])('that is not within it is refused at once: it %s', (_, range) => {
    expect(() => readBlob(sampleAt(3).blob, { source: store, range })).toThrow(
      expect.objectContaining({ code: 'wrong-request' }),
    )
  })
})

describe('reading ahead', () => {
  test.each([500, 10_000, 100_000])('asks for %i bytes and no more', async (windowBytes) => {
    const { blob } = sampleAt(-2)
    const source = new WatchedSource()
    for await (const piece of readBlob(blob, { source, windowBytes })) {
      source.bytesGiven += piece.length
      await Promise.resolve()
    }
    expect(source.bytesGiven).toBe(blob.size)
    expect(Math.max(...source.bytesOut)).toBeLessThanOrEqual(windowBytes)
    const full = source.bytesOut.filter((bytes) => bytes > windowBytes / 2)
    expect(full.length / source.bytesOut.length).toBeGreaterThan(0.6)
    expect(source.asked.filter(({ kind }) => kind === 'list').length).toBe(
      new Set(source.asked.flatMap(({ id, kind }) => (kind === 'list' ? [id] : []))).size,
    )
  })

  test('of a chunk that is larger than the window asks for that one', async () => {
    const { blob } = sampleAt(4)
    const source = new WatchedSource()
    for await (const piece of readBlob(blob, { source, windowBytes: 1 })) source.bytesGiven += piece.length
    expect(source.bytesGiven).toBe(blob.size)
    expect(Math.max(...source.bytesOut)).toBeLessThanOrEqual(200)
  })

  test('in windows that cannot be is refused', async () => {
    await expect(bytesOf(sampleAt(4).blob, { windowBytes: 0 })).rejects.toThrow('blob reader: windowBytes is 0')
  })
})

describe('ending early', () => {
  test('stops what is under way', async () => {
    const { content, blob } = sampleAt(-1)
    const source = new WatchedSource()
    for await (const piece of readBlob(blob, { source, windowBytes: 10_000 })) {
      expect(Buffer.compare(piece, content.subarray(0, piece.length))).toBe(0)
      break
    }
    expect(source.asked.length).toBeLessThan(400)
    expect(source.signals.every((signal) => signal?.aborted)).toBe(true)
  })

  test('does not wait for a source that is silent', async () => {
    const { blob } = sampleAt(-1)
    for (const silentKind of ['list', 'data']) {
      const source: ChunkSource = {
        read: (wanted) => (wanted[0]?.kind === silentKind ? new Promise(() => {}) : store.read(wanted)),
      }
      const pieces = readBlob(blob, { source })
      const next = pieces.next()
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      expect(await pieces.return?.()).toEqual({ done: true, value: undefined })
      expect(await next).toEqual({ done: true, value: undefined })
      const stop = new AbortController()
      const read = bytesOf(blob, { source, signal: stop.signal })
      stop.abort(new Error('enough'))
      await expect(read).rejects.toThrow('enough')
    }
  })

  test('by an abort rejects with its reason, in the middle and before', async () => {
    for (const { blob } of [sampleAt(2), sampleAt(-1)]) {
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(bytesOf(blob, { signal })).rejects.toThrow('enough')
    }
    const stop = new AbortController()
    const pieces = readBlob(sampleAt(-1).blob, { source: store, signal: stop.signal })
    await pieces.next()
    stop.abort(new Error('enough'))
    await expect(pieces.next()).rejects.toThrow('enough')
    expect(await pieces.next()).toEqual({ done: true, value: undefined })
  })
})
