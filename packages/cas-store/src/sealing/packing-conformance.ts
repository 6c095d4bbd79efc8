import { isDeepStrictEqual } from 'node:util'
import { assert } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import type { ConformanceCase } from '@flotilla/core/testing'
import { decodeRecord } from '../packs/pack-format.ts'
import type { ChunkKind } from '../types.ts'
import type { ChunkToPack, PackedChunk, Workshop } from './contract.ts'
import { packedBytesMax } from './packed-chunks.ts'

type On = (name: string, run: (workshop: Workshop) => Promise<void>) => ConformanceCase

/** What every workshop does that makes records of packs. */
export function packingConformance(on: On): readonly ConformanceCase[] {
  return [
    on('makes whole records, in order, of what has an id and of what has none', async (workshop) => {
      for (const kind of ['data', 'list'] as const) {
        const contents = contentsOf(workshop, 1)
        const ids = await workshop.identify(kind, contents)
        const packed = await workshop.pack(
          contents.map((bytes, index) => ({ kind, bytes, id: index % 2 === 0 ? ids[index] : undefined })),
        )
        same(
          packed.map(({ id }) => id),
          ids,
        )
        await checkPacked(workshop, packed, kind, contents)
      }
    }),
    on('packs under the id that it is given, and none other opens it', async (workshop) => {
      const [one, other] = contentsOf(workshop, 2)
      assert(one !== undefined && other !== undefined, 'there are several')
      const [id] = await workshop.identify('data', [one])
      const [packed] = await workshop.pack([{ id, kind: 'data', bytes: other }])
      assert(packed !== undefined && packed.id === id, 'one for one')
      same(await workshop.open([packed]), [{ type: 'damaged', why: 'not-authentic' }])
    }),
    on('packs what does not shrink in one piece, and keeps small what does', async (workshop) => {
      const prng = new Prng(3)
      const random = [300_000, 40_000, 1, 1_200_000, 700_000].map((length) => prng.bytes(length))
      const packed = await workshop.pack(random.map((bytes) => ({ kind: 'data', bytes })))
      for (const [index, { record }] of packed.entries()) {
        same(record.length, packedBytesMax(random[index]?.length ?? 0))
        const next = packed[index + 1]?.record
        assert(next === undefined || record.buffer === next.buffer, 'all are in one room')
        assert(next === undefined || record.byteOffset + record.length === next.byteOffset, 'and one behind the other')
      }
      const [small] = await workshop.pack([{ kind: 'data', bytes: new Uint8Array(500_000).fill(7) }])
      assert((small?.record.length ?? 500_000) < 5_000, 'what is all the same is kept small')
    }),
    on('packs many calls at a time, in memory that comes back', async (workshop) => {
      for (let round = 0; round < 3; round++) {
        const calls = Array.from({ length: 12 }, (_, call) => contentsOf(workshop, 100 * round + call))
        const done = await Promise.all(
          calls.map(async (contents) => {
            const packed = await workshop.pack(contents.map((bytes) => ({ kind: 'data', bytes })))
            await checkPacked(workshop, packed, 'data', contents)
            workshop.giveBack?.(packed.map(({ record }) => record))
            return packed.length
          }),
        )
        same(
          done,
          calls.map(({ length }) => length),
        )
      }
    }),
    on('packs nothing, and nothing that is too large', async (workshop) => {
      same(await workshop.pack([]), [])
      const tooLarge: ChunkToPack = { kind: 'data', bytes: workshop.slab(2 ** 24 + 1) }
      const refused = await workshop.pack([tooLarge]).catch((error: unknown) => error)
      assert(refused instanceof Error && refused.name === 'InvariantError', 'it is a bug of the caller')
    }),
  ]
}

/** In shared and in other memory, and some that shrink. */
function contentsOf(workshop: Workshop, seed: number): readonly Uint8Array[] {
  const prng = new Prng(seed)
  const slab = workshop.slab(200_000)
  slab.set(prng.bytes(200_000))
  const own = prng.bytes(60_000)
  const text = new Uint8Array(50_000).fill(prng.below(256))
  return [slab.subarray(3, 70_000), own.subarray(5), new Uint8Array(0), text, slab.subarray(70_000), own.subarray(0, 5)]
}

async function checkPacked(
  workshop: Workshop,
  packed: readonly PackedChunk[],
  kind: ChunkKind,
  contents: readonly Uint8Array[],
): Promise<void> {
  for (const chunk of packed) {
    const sealed = decodeRecord(chunk.record, { id: chunk.id, kind }, { checksum: true })
    assert(sealed !== undefined, 'it is a record, of that chunk, with its checksum')
    same(sealed, chunk.sealed)
    same(chunk.kind, kind)
  }
  const opened = await workshop.open(packed)
  same(
    opened.map((chunk) => (chunk.type === 'opened' ? Uint8Array.from(chunk.bytes) : chunk.why)),
    contents.map((bytes) => Uint8Array.from(bytes)),
  )
}

function same(found: unknown, wanted: unknown): void {
  assert(isDeepStrictEqual(found, wanted), 'what was found is what was wanted')
}
