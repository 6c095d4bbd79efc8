import { inspect, isDeepStrictEqual } from 'node:util'
import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import type { ConformanceCase } from '@flotilla/core/testing'
import type { ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import type { ChunkToSeal, DataKeys, IdentitySecret, OpenedChunk, SealedChunk, Workshop } from './contract.ts'
import { identityOf } from './identity.ts'
import { packingConformance } from './packing-conformance.ts'
import { chunkBytesMax, sealedEpoch, sealedOverheadBytes } from './sealed-chunk.ts'

export interface WorkshopUnderTest {
  readonly crypto: Crypto
  readonly make: (identity: IdentitySecret, keys: DataKeys) => Workshop
}

/** What every workshop does, wherever its work is done. */
export function workshopConformance({ crypto, make }: WorkshopUnderTest): readonly ConformanceCase[] {
  const on = (name: string, run: (workshop: Workshop) => Promise<void>): ConformanceCase => ({
    name,
    run: async () => {
      await using workshop = make(identity, keysOf(1))
      await run(workshop)
    },
  })
  return [
    on('identifies as identity.ts says, in order', async (workshop) => {
      const chunks = chunksOf(workshop)
      const twin = identityOf(crypto, identity)
      for (const kind of ['data', 'list'] as const) {
        const ids = await workshop.identify(kind, chunks)
        same(
          ids,
          chunks.map((bytes) => twin.chunkIdOf(kind, crypto.sha256(bytes))),
        )
      }
    }),
    on('opens what it sealed, in order, from any kind of memory', async (workshop) => {
      for (const kind of ['data', 'list'] as const) {
        const chunks = chunksOf(workshop)
        const sealed = await sealAll(workshop, kind, chunks)
        same(bytesOf(await workshop.open(sealed)), chunks)
        const shared = workshop.slab(sealed.reduce((sum, chunk) => sum + chunk.sealed.length, 0))
        let offset = 0
        const moved = sealed.map((chunk) => {
          shared.set(chunk.sealed, offset)
          offset += chunk.sealed.length
          return { ...chunk, sealed: shared.subarray(offset - chunk.sealed.length, offset) }
        })
        same(bytesOf(await workshop.open(moved)), chunks)
      }
    }),
    on('leaves alone what it is given', async (workshop) => {
      const chunks = chunksOf(workshop)
      const before = chunks.map((bytes) => bytes.slice())
      const sealed = await sealAll(workshop, 'data', chunks)
      const sealedBefore = sealed.map((chunk) => chunk.sealed.slice())
      await workshop.open(sealed)
      same(chunks, before)
      same(
        sealed.map((chunk) => chunk.sealed),
        sealedBefore,
      )
    }),
    on('keeps small what shrinks, and adds 40 bytes to what does not', async (workshop) => {
      const random = new Prng(3).bytes(100_000)
      const text = new TextEncoder().encode('the quick brown fox jumps over the lazy dog; '.repeat(2_000))
      const [large, small] = await sealAll(workshop, 'data', [random, text])
      same(large?.sealed.length, random.length + sealedOverheadBytes)
      assert((small?.sealed.length ?? text.length) < text.length / 20, 'text is compressed')
    }),
    on('seals the same chunk differently each time', async (workshop) => {
      const chunks = Array.from({ length: 200 }, () => new Uint8Array(1_000).fill(7))
      const sealed = await sealAll(workshop, 'data', chunks)
      same(new Set(sealed.map((chunk) => chunk.sealed.join())).size, chunks.length)
    }),
    ...amountCases(on),
    ...packingConformance(on),
    ...damageCases(on),
    ...keyCases(on),
  ]
}

type On = (name: string, run: (workshop: Workshop) => Promise<void>) => ConformanceCase

function amountCases(on: On): readonly ConformanceCase[] {
  return [
    on('works on many calls at a time, each answered with its own', async (workshop) => {
      const calls = Array.from({ length: 40 }, (_, seed) => chunksOf(workshop, seed))
      const done = await Promise.all(
        calls.map(async (chunks) => workshop.open(await sealAll(workshop, 'data', chunks))),
      )
      for (const [index, opened] of done.entries()) same(bytesOf(opened), calls[index])
    }),
    on('takes no chunks, empty chunks, and the largest', async (workshop) => {
      same(await workshop.identify('data', []), [])
      same(await workshop.seal([]), [])
      same(await workshop.open([]), [])
      const largest = workshop.slab(chunkBytesMax)
      same(bytesOf(await workshop.open(await sealAll(workshop, 'data', [largest]))), [largest])
      const tooLarge = workshop.slab(chunkBytesMax + 1)
      same(
        await codeOf(workshop.seal([toSeal((await workshop.identify('data', [tooLarge]))[0], tooLarge)])),
        'InvariantError',
      )
    }),
  ]
}

function damageCases(on: On): readonly ConformanceCase[] {
  return [
    on('tells damaged chunks from whole ones, and why', async (workshop) => {
      const chunks = chunksOf(workshop)
      const [first, second, third, fourth, ...rest] = await sealAll(workshop, 'data', chunks)
      assert(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined, 'many chunks')
      const opened = await workshop.open([
        { ...first, sealed: flipped(first.sealed, first.sealed.length - 1) },
        { ...second, id: first.id },
        { ...third, kind: 'list' },
        { ...fourth, sealed: fourth.sealed.subarray(0, -1) },
        ...rest,
      ])
      const damaged = opened.map((chunk) => (chunk.type === 'damaged' ? chunk.why : 'whole'))
      same(damaged.slice(0, 4), ['not-authentic', 'not-authentic', 'not-authentic', 'wrong-format'])
      same(bytesOf(opened.slice(4)), chunks.slice(4))
    }),
    on('does not open what was sealed under the id of something else', async (workshop) => {
      const [one, other] = chunksOf(workshop)
      assert(one !== undefined && other !== undefined, 'many chunks')
      const [id] = await workshop.identify('data', [one])
      const [sealed] = await workshop.seal([toSeal(id, other)])
      assert(id !== undefined && sealed !== undefined, 'one for one')
      same(await workshop.open([{ id, kind: 'data', sealed }]), [{ type: 'damaged', why: 'not-authentic' }])
      const seal = await workshop.open([{ id, kind: 'data', sealed }], { verify: 'seal' })
      same(bytesOf(seal), [other])
    }),
    on('with nothing but the seal, and in place, opens and refuses the same', async (workshop) => {
      for (const isShared of [true, false]) {
        const chunks = chunksOf(workshop)
        for (const damaged of [-1, 0, 2, 6]) {
          const sealed = (await sealAll(workshop, 'data', chunks)).map((chunk, index) => ({
            ...chunk,
            sealed: index === damaged ? flipped(chunk.sealed, chunk.sealed.length - 20) : chunk.sealed.slice(),
          }))
          const wanted = chunks.map((bytes, index) => (index === damaged ? 'not-authentic' : bytes))
          const there = isShared ? inOneSlab(workshop, sealed) : sealed
          same(bytesOf(await workshop.open(there, { verify: 'seal', inPlace: true })), wanted)
        }
      }
    }),
  ]
}

function keyCases(on: On): readonly ConformanceCase[] {
  return [
    on('seals with the newest key, and opens with each that it has', async (workshop) => {
      const chunks = chunksOf(workshop)
      const old = await sealAll(workshop, 'data', chunks)
      same(workshop.epoch, 1)
      workshop.useKeys(keysOf(1, 2))
      same(workshop.epoch, 2)
      const young = await sealAll(workshop, 'data', chunks)
      same(new Set(old.map((chunk) => sealedEpoch(chunk.sealed))), new Set([1]))
      same(new Set(young.map((chunk) => sealedEpoch(chunk.sealed))), new Set([2]))
      same(bytesOf(await workshop.open([...old, ...young])), [...chunks, ...chunks])
      workshop.useKeys(keysOf(2))
      const opened = await workshop.open([...old, ...young])
      same(
        opened.slice(0, chunks.length),
        chunks.map(() => ({ type: 'damaged', why: 'unknown-key' })),
      )
      same(bytesOf(opened.slice(chunks.length)), chunks)
    }),
    on('ends the calls under way with the keys that it has, while keys change', async (workshop) => {
      const chunks = chunksOf(workshop)
      const under: Promise<readonly SealedChunk[]>[] = []
      for (let epoch = 2; epoch < 20; epoch++) {
        under.push(sealAll(workshop, 'data', chunks))
        workshop.useKeys(keysOf(...Array.from({ length: epoch }, (_, index) => index + 1)))
      }
      const sealed = (await Promise.all(under)).flat()
      same(
        bytesOf(await workshop.open(sealed)),
        [...under].flatMap(() => chunks),
      )
    }),
    on('keeps no hold on the keys that it was given', async (workshop) => {
      const given = keysOf(1, 2)
      workshop.useKeys(given)
      for (const key of given.keys.values()) key.fill(0)
      const chunks = chunksOf(workshop)
      const sealed = await sealAll(workshop, 'data', chunks)
      workshop.useKeys(keysOf(1, 2))
      same(bytesOf(await workshop.open(sealed)), chunks)
    }),
    on('when disposed, ends what is under way, then refuses everything', async (workshop) => {
      const chunks = chunksOf(workshop)
      const ids = workshop.identify('data', chunks)
      await Promise.all([workshop[Symbol.asyncDispose](), workshop[Symbol.asyncDispose]()])
      same((await ids).length, chunks.length)
      same(await codeOf(workshop.identify('data', chunks)), 'closed')
      same(await codeOf(workshop.identify('data', [])), 'closed')
      same(await codeOf(workshop.seal([])), 'closed')
      same(await codeOf(workshop.pack([])), 'closed')
      same(await codeOf(workshop.open([])), 'closed')
      workshop.useKeys(keysOf(1))
    }),
  ]
}

const identity: IdentitySecret = Uint8Array.from({ length: 32 }, (_, index) => index + 1) as IdentitySecret

function keysOf(...epochs: readonly number[]): DataKeys {
  const keys = new Map(epochs.map((epoch) => [epoch as KeyEpoch, new Uint8Array(32).fill(epoch)]))
  return { newest: Math.max(...epochs) as KeyEpoch, keys }
}

/** In shared and in other memory, of many sizes, some that shrink and some that do not. */
function chunksOf(workshop: Workshop, seed = 1): readonly Uint8Array[] {
  const prng = new Prng(seed)
  const slab = workshop.slab(300_000)
  slab.set(prng.bytes(200_000))
  const own = prng.bytes(70_000)
  return [
    slab.subarray(0, 65_536),
    own.subarray(1, 5_000),
    slab.subarray(190_000, 260_000),
    own.subarray(5_000, 40_001),
    slab.subarray(270_000),
    new Uint8Array(0),
    own.subarray(0, 1),
    new Uint8Array(prng.below(5_000)).fill(prng.below(256)),
  ]
}

/** As a run of records is read. */
function inOneSlab(workshop: Workshop, chunks: readonly SealedChunk[]): readonly SealedChunk[] {
  const slab = workshop.slab(chunks.reduce((sum, { sealed }) => sum + sealed.length, 0))
  let end = 0
  return chunks.map((chunk) => {
    const sealed = slab.subarray(end, (end += chunk.sealed.length))
    sealed.set(chunk.sealed)
    return { ...chunk, sealed }
  })
}

async function sealAll(
  workshop: Workshop,
  kind: ChunkKind,
  chunks: readonly Uint8Array[],
): Promise<readonly SealedChunk[]> {
  const ids = await workshop.identify(kind, chunks)
  const wanted = chunks.map((bytes, index) => toSeal(ids[index], bytes, kind))
  const all = await workshop.seal(wanted)
  return wanted.map(({ id }, index) => {
    const sealed = all[index]
    assert(sealed !== undefined, 'one for one')
    return { id, kind, sealed }
  })
}

function toSeal(id: ChunkId | undefined, bytes: Uint8Array, kind: ChunkKind = 'data'): ChunkToSeal {
  assert(id !== undefined, 'one id for one chunk')
  return { id, kind, bytes }
}

function bytesOf(opened: readonly OpenedChunk[]): readonly (Uint8Array | string)[] {
  return opened.map((chunk) => (chunk.type === 'opened' ? chunk.bytes : chunk.why))
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no error'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    return error instanceof Error ? error.name : String(error)
  }
}

function same(found: unknown, wanted: unknown): void {
  assert(isDeepStrictEqual(found, wanted), `expected ${inspect(wanted)}, found ${inspect(found)}`)
}
