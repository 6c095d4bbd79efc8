import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { BlobSource } from '../blobs.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { memoryChunks, type MemoryChunks } from '../testing/memory-chunks.ts'
import { writeBlob, type FillingSource, type WriteOptions } from './blob-writer.ts'
import type { AddedChunk, ChunkSink } from './contract.ts'
import { HandOver } from './hand-over.ts'
import { Interruption } from './interruption.ts'
import { treeLimits, writingDefaults } from './limits.ts'
import { Slabs } from './slabs.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(1))
const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 100, max: 300 } }]

/** Answers when it is told to. */
class GatedSink implements ChunkSink {
  readonly store: MemoryChunks = memoryChunks(nodeCrypto())
  readonly waiting: { readonly answer: () => void; readonly fail: (error: Error) => void }[] = []
  isOpen = false

  add(...[kind, chunks]: Parameters<ChunkSink['add']>): Promise<readonly AddedChunk[]> {
    if (this.isOpen) return this.store.add(kind, chunks)
    return new Promise((resolve, reject) => {
      this.waiting.push({ answer: () => resolve(this.store.add(kind, chunks)), fail: reject })
    })
  }

  open(): void {
    this.isOpen = true
    for (const { answer } of this.waiting.splice(0)) answer()
  }
}

/** Counts what is taken of it, and whether it was told that no more is. */
class CountedPieces implements AsyncIterableIterator<Uint8Array> {
  taken = 0
  returns = 0
  readonly #end: () => Promise<IteratorResult<Uint8Array, undefined>>
  readonly #count: number

  constructor(count: number, end: () => Promise<IteratorResult<Uint8Array, undefined>>) {
    this.#count = count
    this.#end = end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.taken === this.#count) return this.#end()
    return { done: false, value: new Prng(this.taken++).bytes(1_000) }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.returns++
    return { done: true, value: undefined }
  }
}

const never = (): Promise<never> => new Promise(() => {})
const atEnd = async (): Promise<IteratorResult<Uint8Array, undefined>> => ({ done: true, value: undefined })

/** Lets everything happen that needs no answer from outside. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve()
}

function started(source: BlobSource | FillingSource, options: Partial<WriteOptions> & Pick<WriteOptions, 'sink'>) {
  const state = { outcome: 'under way' as unknown }
  const done = writeBlob(source, { plan, gear, batchBytes: 1_000, batchesInFlightMax: 2, ...options }).then(
    (blob) => (state.outcome = blob),
    (error: unknown) => (state.outcome = error),
  )
  return { state, done }
}

describe('while the sink is at work', () => {
  test('more is read and cut, so many batches and no more', async () => {
    const sink = new GatedSink()
    const pieces = new CountedPieces(50, atEnd)
    const { state, done } = started(pieces, { sink })
    await settle()
    expect(sink.waiting).toHaveLength(2)
    expect(pieces.taken).toBe(3)
    sink.waiting.shift()?.answer()
    await settle()
    expect(sink.waiting).toHaveLength(2)
    expect(pieces.taken).toBe(4)
    sink.open()
    await done
    expect(state.outcome).toMatchObject({ size: 50_000 })
  })
})

describe('a failure of the sink', () => {
  test('ends the writing at once, though the source is silent; it is told', async () => {
    const sink = new GatedSink()
    const pieces = new CountedPieces(3, never)
    const { state, done } = started(pieces, { sink, batchesInFlightMax: 9 })
    await settle()
    expect([pieces.taken, sink.waiting.length]).toEqual([3, 3])
    sink.waiting.shift()?.fail(new Error('the disk is full'))
    await settle()
    expect(state.outcome).toBe('under way') // As two calls are.
    for (const { fail } of sink.waiting.splice(0)) fail(new Error('and another'))
    await done
    expect(state.outcome).toEqual(new Error('the disk is full'))
    expect(pieces.returns).toBe(1)
  })

  test('to take lists is one too', async () => {
    const store = memoryChunks(nodeCrypto())
    const sink: ChunkSink = {
      add: async (kind, chunks) => {
        if (kind === 'list') throw new Error('no lists today')
        return store.add(kind, chunks)
      },
    }
    await expect(writeBlob(new Prng(1).bytes(9_000), { sink, plan, gear })).rejects.toThrow('no lists today')
    await expect(writeBlob(new CountedPieces(9, atEnd), { sink, plan, gear })).rejects.toThrow('no lists today')
  })
})

describe('a failure of the source', () => {
  test('waits for what the sink has', async () => {
    const sink = new GatedSink()
    const pieces = new CountedPieces(3, () => Promise.reject(new Error('the cable is out')))
    const { state, done } = started(pieces, { sink })
    await settle()
    expect(state.outcome).toBe('under way')
    sink.open()
    await done
    expect(state.outcome).toEqual(new Error('the cable is out'))
    expect(pieces.returns).toBe(0)
  })

  test('that a piece is no bytes is told to it, and it may take its time', async () => {
    let isClosed = false
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield 'abc' as never
      } finally {
        await settle()
        isClosed = true
      }
    }
    const written = writeBlob(source(), { sink: memoryChunks(nodeCrypto()), plan, gear })
    await expect(written).rejects.toMatchObject({ code: 'wrong-request' })
    expect(isClosed).toBe(true)
  })

  test.each<[string, unknown, string]>([
    ['text', new CountedPieces(0, async () => ({ value: 'abc' as never })), 'a stream gave a string'],
    ['nothing', undefined, 'neither bytes nor a stream'],
    ['an array', [1, 2], 'neither bytes nor a stream'],
    ['a string', 'abc', 'neither bytes nor a stream'],
    ['words', new Uint16Array(3), 'neither bytes nor a stream'],
    ['too much filled', { fill: async (into: Uint8Array) => into.length + 1 }, 'it has written 65537 bytes'],
    ['half a byte', { fill: async () => 0.5 }, 'it has written 0.5 bytes'],
    ['less than none', { fill: async () => -1 }, 'it has written -1 bytes'],
  ])('that is of the wrong kind says so: %s', async (_, source, sentence) => {
    const written = writeBlob(source as BlobSource, { sink: memoryChunks(nodeCrypto()), plan, gear })
    await expect(written).rejects.toThrow(sentence)
    await expect(written).rejects.toMatchObject({ code: 'wrong-request' })
  })

  test('that never ends is one', () => {
    using interruption = new Interruption(undefined)
    const slabs = new Slabs({ make: (length) => new Uint8Array(length), fullBytes: 10, expectedBytes: undefined })
    const sink = memoryChunks(nodeCrypto())
    const handOver = new HandOver({ sink, limits: writingDefaults, slabs, interruption })
    handOver.count(treeLimits.blobBytesMax)
    expect(() => handOver.count(1)).toThrow(expect.objectContaining({ code: 'wrong-request' }))
  })
})

describe('an abort', () => {
  test('beforehand reads and writes nothing', async () => {
    const sink = new GatedSink()
    const pieces = new CountedPieces(3, atEnd)
    const signal = AbortSignal.abort(new Error('not today'))
    for (const source of [pieces, new Uint8Array(10), new Uint8Array(5_000)]) {
      await expect(writeBlob(source, { sink, plan, gear, signal })).rejects.toThrow('not today')
    }
    expect([pieces.taken, sink.waiting.length]).toEqual([0, 0])
  })

  test.each<[string, BlobSource | FillingSource]>([
    ['a silent stream', new CountedPieces(3, never)],
    ['a silent file', { fill: never }],
    ['bytes that the sink does not take', new Uint8Array(50_000)],
    ['a stream that the sink does not take', new CountedPieces(50, atEnd)],
  ])('ends it when the sink has answered: %s', async (_, source) => {
    const sink = new GatedSink()
    const stop = new AbortController()
    const { state, done } = started(source, { sink, signal: stop.signal })
    await settle()
    stop.abort(new Error('enough'))
    sink.open()
    await done
    expect(state.outcome).toEqual(new Error('enough'))
  })

  test('in the middle hands nothing over any more', async () => {
    const stop = new AbortController()
    const store = memoryChunks(nodeCrypto())
    let calls = 0
    const sink: ChunkSink = {
      add: (kind, chunks) => {
        calls++
        stop.abort(new Error('enough'))
        return store.add(kind, chunks)
      },
    }
    const written = writeBlob(new Uint8Array(50_000), { sink, plan, gear, batchBytes: 1_000, signal: stop.signal })
    await expect(written).rejects.toThrow('enough')
    expect(calls).toBe(1)
  })

  test('is passed on to the sink, and leaves no listener behind', async () => {
    const stop = new AbortController()
    const listeners = { added: 0, removed: 0 }
    const signal = stop.signal
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...rest: Parameters<typeof add>) => (listeners.added++, add(...rest))
    signal.removeEventListener = (...rest: Parameters<typeof remove>) => (listeners.removed++, remove(...rest))
    const store = memoryChunks(nodeCrypto())
    const signals = new Set<AbortSignal | undefined>()
    const sink: ChunkSink = { add: (kind, chunks, options) => (signals.add(options?.signal), store.add(kind, chunks)) }
    await writeBlob(new CountedPieces(50, atEnd), { sink, plan, gear, signal })
    expect(listeners).toEqual({ added: 1, removed: 1 })
    expect([...signals]).toEqual([signal])
  })
})

test('limits that cannot be are refused by name', async () => {
  const sink = memoryChunks(nodeCrypto())
  for (const wrong of [{ batchBytes: 0 }, { batchesInFlightMax: 0 }, { listsWaitingMax: 257 }]) {
    const written = writeBlob(new Uint8Array(100), { sink, plan, gear, ...wrong })
    await expect(written).rejects.toThrow(`blob writer: ${Object.keys(wrong)[0]} is`)
  }
})
