import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import type { IdentitySecret, Workshop } from '../sealing/contract.ts'
import { threadWorkshop } from '../sealing/node-thread-workshop.ts'
import { readBlob } from '../tree/blob-reader.ts'
import { writeBlob } from '../tree/blob-writer.ts'
import type { BlobDescriptor } from '../types.ts'
import { createVault } from './create-vault.ts'
import { PlainCatalogue, plainTables } from './doubles/plain-catalogue.ts'
import { keysUpTo } from './doubles/node-vault-bench.ts'

const identity = new Uint8Array(32).fill(7) as IdentitySecret
const gear = gearTable(nodeCrypto(), identity)
const plan: ChunkPlan = [{ from: 0, sizes: { min: 65_536, average: 262_144, max: 1_048_576 } }]
const mebibyte = 2 ** 20
const bytesUnderWayMax = 4 * mebibyte
const windowBytes = 4 * mebibyte

/** Counts the memory that threads have given, as far as nobody has given it back. */
class WatchedWorkshop {
  readonly inner: Workshop = threadWorkshop({ identity, keys: keysUpTo(1), threads: 2 })
  readonly given = new Set<ArrayBufferLike>()
  readonly slabs = new Set<ArrayBufferLike>()
  bytesMax = 0

  get bytes(): number {
    // What was freed has no length any more.
    for (const buffer of this.given) if (buffer.byteLength === 0) this.given.delete(buffer)
    return [...this.given].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  workshop(): Workshop {
    const { inner } = this
    return {
      epoch: inner.epoch,
      slab: (byteLength) => {
        const slab = inner.slab(byteLength)
        this.slabs.add(slab.buffer)
        return slab
      },
      identify: (kind, chunks) => inner.identify(kind, chunks),
      seal: async (chunks) => this.#watch(await inner.seal(chunks)),
      pack: async (chunks) => {
        const packed = await inner.pack(chunks)
        this.#watch(packed.map(({ record }) => record))
        return packed
      },
      open: async (chunks, options) => {
        const opened = await inner.open(chunks, options)
        this.#watch(opened.flatMap((chunk) => (chunk.type === 'opened' ? [chunk.bytes] : [])))
        return opened
      },
      giveBack: (pieces) => {
        const all = [...pieces]
        for (const { buffer } of all) this.given.delete(buffer)
        inner.giveBack?.(all)
      },
      useKeys: (keys) => inner.useKeys(keys),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }

  #watch(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    // Lists are small, and are left to the collector.
    for (const { buffer } of pieces) if (buffer.byteLength >= 65_536) this.given.add(buffer)
    this.bytesMax = Math.max(this.bytesMax, this.bytes)
    return pieces
  }
}

describe('memory in use', () => {
  test('has the same bound whatever the size of the blob, and all of it comes back', async () => {
    const watched = new WatchedWorkshop()
    await using workshop = watched.workshop()
    const prng = new Prng(1)
    const catalogue = new PlainCatalogue(plainTables(), async (effect) => effect()).whole
    const clock = new ManualClock()
    const limits = { bytesUnderWayMax }
    const entropy = { bytes: (length: number) => prng.bytes(length) }
    await using vault = createVault({ disk: memoryDisk().open(), catalogue, workshop, entropy, clock, limits })
    const blobs: BlobDescriptor[] = []
    for (const length of [48 * mebibyte, 8 * mebibyte, 8 * mebibyte]) {
      await using session = vault.session()
      const slab = (byteLength: number): Uint8Array => workshop.slab(byteLength)
      const giveBack = (slabs: readonly Uint8Array[]): void => workshop.giveBack?.(slabs)
      blobs.push(await writeBlob(randomPieces(length), { sink: session, plan, gear, slab, giveBack }))
      await session.commit([])
    }
    expect(watched.bytes).toBe(0)
    // A batch that is larger than what is left of the budget waits; one that is larger than all of it enters alone.
    expect(watched.bytesMax).toBeGreaterThan(0)
    expect(watched.bytesMax).toBeLessThanOrEqual(bytesUnderWayMax + mebibyte)
    expect(watched.slabs.size).toBeLessThanOrEqual(8)

    watched.bytesMax = 0
    for (const borrow of [true, false]) {
      for (const blob of blobs) {
        let length = 0
        for await (const piece of readBlob(blob, { source: vault, windowBytes, borrow })) length += piece.length
        expect(length).toBe(blob.size)
        expect(watched.bytes).toBe(0)
      }
    }
    expect(watched.bytesMax).toBeGreaterThan(0)
    // Memory is made in few different sizes, at most a quarter larger than what was asked for.
    expect(watched.bytesMax).toBeLessThanOrEqual((5 / 4) * windowBytes)
  })
})

async function* randomPieces(length: number): AsyncGenerator<Uint8Array> {
  const prng = new Prng(length)
  for (let left = length; left > 0; left -= 65_536) yield prng.bytes(Math.min(left, 65_536))
}
