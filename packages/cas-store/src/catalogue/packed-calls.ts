import type { CatalogueCall } from './calls.ts'
import type { CatalogueChange, ChunkRow } from './contract.ts'
import type { ChunkId, ChunkKind, KeyEpoch, PackId } from '../types.ts'

/** Rows of chunks, column by column: as objects, with the names of all their fields, they take five times as long. */
interface PackedChunks {
  readonly type: 'add-packed-chunks'
  readonly ids: readonly ChunkId[]
  /** Of a run of them that have it in common: how many, and what they have. */
  readonly runs: readonly {
    readonly count: number
    readonly kind: ChunkKind
    readonly epoch: KeyEpoch
    readonly pack: PackId
  }[]
  readonly positions: readonly number[]
  readonly lengths: readonly number[]
}

/** Calls as they cross from one thread to another. */
export type PackedCall =
  | CatalogueCall
  | { readonly method: 'commit-packed'; readonly changes: readonly (CatalogueChange | PackedChunks)[] }

/** Fewer chunks are sent as they are. */
const packedMin = 16

export function packedCall(call: CatalogueCall): PackedCall {
  if (call.method !== 'commit') return call
  const [changes] = call.given as readonly [readonly CatalogueChange[]]
  if (!changes.some((change) => change.type === 'add-chunks' && change.chunks.length >= packedMin)) return call
  return {
    method: 'commit-packed',
    changes: changes.map((change) =>
      change.type === 'add-chunks' && change.chunks.length >= packedMin ? packed(change.chunks) : change,
    ),
  }
}

export function unpackedCall(call: PackedCall): CatalogueCall {
  if (call.method !== 'commit-packed') return call
  const changes = call.changes.map((change): CatalogueChange =>
    change.type === 'add-packed-chunks' ? { type: 'add-chunks', chunks: unpacked(change) } : change,
  )
  return { method: 'commit', given: [changes] }
}

function packed(chunks: readonly ChunkRow[]): PackedChunks {
  const [ids, positions, lengths]: [ChunkId[], number[], number[]] = [[], [], []]
  const runs: { count: number; kind: ChunkKind; epoch: KeyEpoch; pack: PackId }[] = []
  for (const { id, kind, epoch, place } of chunks) {
    const run = runs.at(-1)
    if (run?.kind === kind && run.epoch === epoch && run.pack === place.pack) run.count++
    else runs.push({ count: 1, kind, epoch, pack: place.pack })
    ids.push(id)
    positions.push(place.position)
    lengths.push(place.length)
  }
  return { type: 'add-packed-chunks', ids, runs, positions, lengths }
}

function unpacked({ ids, runs, positions, lengths }: PackedChunks): ChunkRow[] {
  const rows: ChunkRow[] = []
  for (const { count, kind, epoch, pack } of runs) {
    for (const last = rows.length + count; rows.length < last;) {
      const at = rows.length
      const place = { pack, position: positions[at] ?? 0, length: lengths[at] ?? 0 }
      rows.push({ id: ids[at] as ChunkId, kind, epoch, place })
    }
  }
  return rows
}
