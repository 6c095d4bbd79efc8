import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { memoryChunks } from '../testing/memory-chunks.ts'
import type { BlobDescriptor } from '../types.ts'
import { readBlob } from './blob-reader.ts'
import { writeBlob } from './blob-writer.ts'
import type { ChunkSource } from './contract.ts'

const gear = gearTable(nodeCrypto(), new Uint8Array(32).fill(1))
const plan: ChunkPlan = [{ from: 0, sizes: { min: 16_384, average: 65_536, max: 262_144 } }]
const store = memoryChunks(nodeCrypto())
const content = new Prng(1).bytes(3_000_000)
let blob: BlobDescriptor

beforeAll(async () => {
  blob = await writeBlob(content, { sink: store, plan, gear })
})

/** Overwrites what it gets back, as if it were used for something else. */
class ReusingSource implements ChunkSource {
  bytesOut = 0
  bytesOutMax = 0

  async read(...[wanted, options]: Parameters<ChunkSource['read']>): Promise<readonly Uint8Array[]> {
    const chunks = (await store.read(wanted, options)).map((chunk) => chunk.slice())
    if (wanted[0]?.kind === 'data') for (const { length } of chunks) this.bytesOut += length
    this.bytesOutMax = Math.max(this.bytesOutMax, this.bytesOut)
    return chunks
  }

  letGo(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      this.bytesOut -= chunk.length
      chunk.fill(0xee)
    }
  }
}

const windowBytes = 600_000

describe('what a reader gives', () => {
  test('is the right bytes for ever, though the memory of the chunks is used again', async () => {
    for (const range of [undefined, { start: 100_001, length: 2_000_001 }, { start: 7, length: 100 }]) {
      const source = new ReusingSource()
      const pieces: Uint8Array[] = []
      for await (const piece of readBlob(blob, { source, windowBytes, range })) pieces.push(piece)
      const { start, length } = range ?? { start: 0, length: content.length }
      expect(Buffer.concat(pieces).equals(content.subarray(start, start + length))).toBe(true)
      expect(source.bytesOut).toBe(0)
      expect(source.bytesOutMax).toBeLessThanOrEqual(windowBytes)
    }
  })

  test('is the chunk itself where it is borrowed, until the next piece is asked for', async () => {
    const source = new ReusingSource()
    const copies: Uint8Array[] = []
    const isReused: boolean[] = []
    let last: Uint8Array = new Uint8Array()
    for await (const piece of readBlob(blob, { source, windowBytes, borrow: true })) {
      isReused.push(last.every((byte) => byte === 0xee))
      copies.push(piece.slice())
      last = piece
    }
    expect(new Set(isReused)).toEqual(new Set([true]))
    expect(Buffer.concat(copies).equals(content)).toBe(true)
    expect(source.bytesOut).toBe(0)
    expect(source.bytesOutMax).toBeLessThanOrEqual(windowBytes)
  })

  test('of a blob of one chunk goes back too', async () => {
    const small = content.subarray(0, 10_000)
    const descriptor = await writeBlob(small, { sink: store, plan, gear })
    const source = new ReusingSource()
    const pieces: Uint8Array[] = []
    for await (const piece of readBlob(descriptor, { source })) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(small)).toBe(true)
    expect(source.bytesOut).toBe(0)
  })

  test('goes back when the iteration ends early', async () => {
    for (const borrow of [false, true]) {
      const source = new ReusingSource()
      let given = 0
      for await (const piece of readBlob(blob, { source, windowBytes: 1, borrow })) {
        given = piece.length
        break
      }
      expect(given).toBeGreaterThan(0)
      expect(source.bytesOut).toBe(0)
    }
  })
})
