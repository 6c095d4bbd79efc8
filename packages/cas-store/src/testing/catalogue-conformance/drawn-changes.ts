import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { CatalogueChange, ChunkMove, ChunkRow, FileColumns } from '../../catalogue/contract.ts'
import type { BlobId, ChunkId, ChunkPlace, KeyEpoch } from '../../types.ts'
import type { CatalogueTwin } from './catalogue-twin.ts'
import { blob, blobId, chunkId, nodeId, packId, statement } from './catalogue-under-test.ts'

/** Few of each, so that they meet. */
export const drawnKeys: {
  readonly chunks: readonly ChunkId[]
  readonly blobs: readonly BlobId[]
  readonly names: readonly string[]
  readonly nodes: readonly NodeId[]
  readonly statements: readonly string[]
  readonly paths: readonly string[]
  readonly notes: readonly string[]
} = {
  chunks: Array.from({ length: 16 }, (_, at) => chunkId(at)),
  blobs: Array.from({ length: 6 }, (_, at) => blobId(at)),
  names: ['a', 'a/b', 'a/\u{1f600}', 'a/\uffff', 'b', '', '/x'],
  nodes: Array.from({ length: 3 }, (_, at) => nodeId(at)),
  statements: ['blob/1', 'blob/2', 'name/a', 'name/\u{1f600}'],
  paths: ['/x', '/y'],
  notes: ['one', 'two'],
}

/** Chunks have epochs below it. */
export const drawnEpochMax = 4

export function drawnChanges(prng: Prng, twin: CatalogueTwin): readonly CatalogueChange[] {
  return Array.from({ length: prng.between(1, 4) }, () => drawnChange(prng, twin))
}

export function drawnIds(prng: Prng): readonly ChunkId[] {
  return Array.from({ length: prng.between(0, 5) }, () => prng.pick(drawnKeys.chunks))
}

function drawnChange(prng: Prng, twin: CatalogueTwin): CatalogueChange {
  return prng.chance(1, 2) ? drawnChunkChange(prng, twin) : drawnFactChange(prng)
}

function drawnChunkChange(prng: Prng, twin: CatalogueTwin): CatalogueChange {
  const several = <Row>(make: () => Row): readonly Row[] => Array.from({ length: prng.between(1, 4) }, make)
  switch (prng.below(5)) {
    case 0:
      return { type: 'move-chunks', moves: several(() => drawnMove(prng, twin)) }
    case 1:
      return {
        type: 'drop-chunks',
        chunks: several(() => {
          const id = prng.pick(drawnKeys.chunks)
          return { id, place: knownPlace(prng, twin, id) }
        }),
      }
    default:
      return { type: 'add-chunks', chunks: several(() => drawnChunk(prng)) }
  }
}

function drawnChunk(prng: Prng): ChunkRow {
  const kind = prng.chance(1, 3) ? 'list' : 'data'
  return { id: prng.pick(drawnKeys.chunks), kind, epoch: drawnEpoch(prng), place: drawnPlace(prng) }
}

function drawnMove(prng: Prng, twin: CatalogueTwin): ChunkMove {
  const id = prng.pick(drawnKeys.chunks)
  return { id, from: knownPlace(prng, twin, id), to: drawnPlace(prng), epoch: drawnEpoch(prng) }
}

/** Mostly where it is. */
function knownPlace(prng: Prng, twin: CatalogueTwin, id: ChunkId): ChunkPlace {
  const place = twin.chunks.get(id)?.place
  return place === undefined || prng.chance(1, 5) ? drawnPlace(prng) : place
}

/** Two chunks are never in one place, as no pack holds two there. */
function drawnPlace(prng: Prng): ChunkPlace {
  return { pack: packId(prng.below(4)), position: prng.u32(), length: prng.between(1, 50) }
}

function drawnEpoch(prng: Prng): KeyEpoch {
  return prng.between(1, drawnEpochMax - 1) as KeyEpoch
}

/** Some have no name, and some are not remembered. */
function drawnFiles(prng: Prng): FileColumns {
  const several = Array.from({ length: prng.between(0, 3) }, () => prng.below(20))
  return {
    atMs: prng.below(20),
    blobs: several.map(() => prng.pick(drawnKeys.blobs)),
    sizes: several,
    roots: several.map(() => prng.pick(drawnKeys.chunks)),
    names: several.map(() => prng.pick(drawnKeys.names)),
    paths: several.map(() => prng.pick(drawnKeys.paths)),
    signatures: several.map((number) => (prng.chance(1, 3) ? '' : String(number))),
  }
}

function drawnFactChange(prng: Prng): CatalogueChange {
  const id = prng.pick(drawnKeys.blobs)
  const name = prng.pick(drawnKeys.names)
  const node = prng.pick(drawnKeys.nodes)
  const key = prng.pick(drawnKeys.statements)
  const root = prng.pick(drawnKeys.chunks)
  const number = prng.below(20)
  const draws: readonly (() => CatalogueChange)[] = [
    () => ({ type: 'add-blob', blob: blob(number, { id, root }) }),
    () => ({ type: 'add-blob', blob: blob(number, { id, root }) }),
    () => ({ type: 'remove-blob', id }),
    () => ({ type: 'trim-gone', throughSeq: 2 ** 40 }),
    () => ({ type: 'set-name', name: { name, blob: id, atMs: number } }),
    () => ({ type: 'set-name', name: { name, blob: id, atMs: number } }),
    () => ({ type: 'remove-name', name }),
    () => ({ type: 'add-pin', id }),
    () => ({ type: 'remove-pin', id }),
    () => ({ type: 'set-key', key: { epoch: drawnEpoch(prng), wrapped: prng.bytes(number), atMs: number } }),
    () => ({ type: 'remove-key', epoch: drawnEpoch(prng) }),
    () => ({ type: 'set-partial', partial: { id, size: number, depth: 1, root, untilMs: number } }),
    () => ({ type: 'remove-partial', id }),
    () => ({ type: 'set-share', share: { blob: id, node } }),
    () => ({ type: 'remove-share', share: { blob: id, node } }),
    () => ({
      type: 'set-peer',
      peer: { node, seenAtMs: number, freeBytes: number, hasOursTo: 1, hasTheirsTo: 2, holdingsTo: 3 },
    }),
    () => ({ type: 'remove-peer', node }),
    () => ({ type: 'set-statement', statement: statement(key, String(prng.below(5)), { author: node }) }),
    () => ({ type: 'set-statement', statement: statement(key, String(prng.below(5)), { isGone: true }) }),
    () => ({ type: 'remove-statement', key, stamp: String(prng.below(5)) }),
    () => ({ type: 'see-file', file: { path: prng.pick(drawnKeys.paths), signature: String(number), blob: id } }),
    () => ({ type: 'add-files', files: drawnFiles(prng) }),
    () => ({ type: 'add-files', files: drawnFiles(prng) }),
    () => ({
      type: 'set-note',
      key: prng.pick(drawnKeys.notes),
      value: prng.chance(1, 3) ? undefined : String(number),
    }),
  ]
  return prng.pick(draws)()
}
