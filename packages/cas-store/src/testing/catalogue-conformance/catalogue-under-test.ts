import type { NodeId } from '@flotilla/core/ids'
import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { BlobRow, Catalogue, CatalogueChange, ChunkRow, StatementRow } from '../../catalogue/contract.ts'
import type { CatalogueLimits } from '../../catalogue/limits.ts'
import type { BlobId, ChunkId, ChunkPlace, KeyEpoch, PackId } from '../../types.ts'

/** Something that outlives the catalogues that are opened on it, one after the other. */
export interface CatalogueUnderTest extends AsyncDisposable {
  /** The next life. The one before was disposed of, or crashed. */
  open(limits?: Partial<CatalogueLimits>): Promise<Catalogue>
  /**
   * Ends the life as a power cut does; what was not durable is left as the seed draws it. Left out: no crash can be
   * made, and the cases that need one are not run.
   */
  crash?(seed: number): void | Promise<void>
}

export type MakeCatalogue = () => CatalogueUnderTest | Promise<CatalogueUnderTest>

/** Closes the catalogue, and opens the next one on the same. */
type Reopen = (catalogue: Catalogue) => Promise<Catalogue>

export type Check = (
  name: string,
  work: (catalogue: Catalogue, reopen: Reopen) => Promise<Catalogue | void>,
) => ConformanceCase

/** Cases that begin with an empty catalogue. They return the last one where they have opened others. */
export function checks(make: MakeCatalogue, limits: Partial<CatalogueLimits> = {}): Check {
  return (name, work) => ({
    name,
    async run() {
      await using subject = await make()
      const first = await subject.open(limits)
      const last = await work(first, async (previous) => {
        await previous[Symbol.asyncDispose]()
        return subject.open(limits)
      })
      await (last ?? first)[Symbol.asyncDispose]()
    },
  })
}

export const epoch1 = 1 as KeyEpoch
export const epoch2 = 2 as KeyEpoch

function digits(letter: string, number: number, length: number): string {
  return letter + number.toString(16).padStart(length - 1, '0')
}

export function packId(number: number): PackId {
  return digits('a', number, 32) as PackId
}

export function chunkId(number: number): ChunkId {
  return digits('c', number, 64) as ChunkId
}

export function blobId(number: number): BlobId {
  return digits('b', number, 64) as BlobId
}

export function nodeId(number: number): NodeId {
  return `node${number}` as NodeId
}

export function placeOf(pack: number, position: number, length = 100): ChunkPlace {
  return { pack: packId(pack), position, length }
}

/** The chunk of that number, in pack 1 unless told, each behind the other. */
export function chunk(number: number, rest: Partial<ChunkRow> = {}): ChunkRow {
  return { id: chunkId(number), kind: 'data', epoch: epoch1, place: placeOf(1, number * 100), ...rest }
}

export function adds(...numbers: readonly number[]): CatalogueChange {
  return { type: 'add-chunks', chunks: numbers.map((number) => chunk(number)) }
}

export function blob(number: number, rest: Partial<BlobRow> = {}): BlobRow {
  return { id: blobId(number), size: 1_000 + number, depth: 0, root: chunkId(number), putAtMs: 5_000 + number, ...rest }
}

export function addsBlob(number: number): CatalogueChange {
  return { type: 'add-blob', blob: blob(number) }
}

export function names(name: string, number: number, atMs = 7): CatalogueChange {
  return { type: 'set-name', name: { name, blob: blobId(number), atMs } }
}

export function statement(key: string, stamp: string, rest: Partial<StatementRow> = {}): StatementRow {
  return { key, stamp, author: nodeId(1), envelope: Uint8Array.of(1, 2, stamp.length), isGone: false, ...rest }
}

export function states(row: StatementRow): CatalogueChange {
  return { type: 'set-statement', statement: row }
}

export async function refuses(code: string, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: { readonly code?: string }) => {
    assert.equal(error.code, code)
    return true
  })
}
