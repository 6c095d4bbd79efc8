import { assert } from '@flotilla/core/errors'
import type {
  BlobRow,
  Catalogue,
  CatalogueChange,
  ChunkMove,
  ChunkRow,
  Page,
  PackUse,
} from '../../catalogue/contract.ts'
import type { BlobId, ChunkId, ChunkPlace, KeyEpoch, PackId } from '../../types.ts'

/** What of the catalogue the vault stands upon, and the blobs of its tests. */
type ChunkCatalogue = Pick<
  Catalogue,
  | 'commit'
  | 'generation'
  | 'beginMarking'
  | 'touch'
  | 'mark'
  | 'sweep'
  | 'places'
  | 'packs'
  | 'chunksOf'
  | 'chunksBefore'
  | 'blobs'
>

interface Stamps {
  touched: number
  marked: number
}

/** What survives a restart. */
export interface PlainTables {
  readonly chunks: Map<ChunkId, ChunkRow>
  readonly blobs: Map<BlobId, BlobRow>
}

export function plainTables(): PlainTables {
  return { chunks: new Map(), blobs: new Map() }
}

/** As plain as the contract can be said; when each call takes effect is for `perform` to say, one after the other. */
export class PlainCatalogue implements ChunkCatalogue {
  generation = 0
  readonly #tables: PlainTables
  readonly #perform: <Result>(effect: () => Result) => Promise<Result>
  readonly #stamps = new Map<ChunkId, Stamps>()
  /** Counted at once; `generation` follows when the caller hears of it, as it does with a thread between. */
  #current = 0

  constructor(tables: PlainTables, perform: <Result>(effect: () => Result) => Promise<Result>) {
    this.#tables = tables
    this.#perform = perform
  }

  /** As the interface that the vault asks for: what it never calls is not there. */
  get whole(): Catalogue {
    return this as unknown as Catalogue
  }

  commit(changes: readonly CatalogueChange[]): Promise<void> {
    return this.#perform(() => {
      for (const change of changes) this.#apply(change)
    })
  }

  async beginMarking(): Promise<number> {
    const begun = await this.#perform(() => ++this.#current)
    this.generation = Math.max(this.generation, begun)
    return begun
  }

  touch(ids: readonly ChunkId[]): Promise<readonly (ChunkPlace | undefined)[]> {
    return this.#perform(() => {
      for (const id of ids) if (this.#tables.chunks.has(id)) this.#stampsOf(id).touched = this.#current
      return this.#places(ids)
    })
  }

  mark(ids: readonly ChunkId[]): Promise<readonly boolean[]> {
    return this.#perform(() =>
      ids.map((id) => {
        const stamps = this.#stampsOf(id)
        const isNew = stamps.marked < this.#current
        stamps.touched = this.#current
        stamps.marked = this.#current
        return isNew
      }),
    )
  }

  sweep({ keepFrom, limit }: { readonly keepFrom: number; readonly limit: number }): Promise<readonly ChunkRow[]> {
    return this.#perform(() => {
      assert(keepFrom <= this.#current && this.#current > 0, 'a sweep keeps from a generation that has begun')
      const swept = [...this.#tables.chunks.values()].filter(({ id }) => this.#stampsOf(id).touched < keepFrom)
      for (const { id } of swept.slice(0, limit)) this.#tables.chunks.delete(id)
      return swept.slice(0, limit)
    })
  }

  places(ids: readonly ChunkId[]): Promise<readonly (ChunkPlace | undefined)[]> {
    return this.#perform(() => this.#places(ids))
  }

  packs(): Promise<readonly PackUse[]> {
    return this.#perform(() => {
      const uses = new Map<PackId, { pack: PackId; chunks: number; bytes: number }>()
      for (const { place } of this.#tables.chunks.values()) {
        const use = uses.get(place.pack) ?? { pack: place.pack, chunks: 0, bytes: 0 }
        use.chunks++
        use.bytes += place.length
        uses.set(place.pack, use)
      }
      return [...uses.values()]
    })
  }

  chunksOf(pack: PackId, { after = -1, limit }: Page<number>): Promise<readonly ChunkRow[]> {
    return this.#perform(() =>
      [...this.#tables.chunks.values()]
        .filter(({ place }) => place.pack === pack && place.position > after)
        .toSorted((one, other) => one.place.position - other.place.position)
        .slice(0, limit),
    )
  }

  chunksBefore(epoch: KeyEpoch, { after, limit }: Page<ChunkId>): Promise<readonly ChunkRow[]> {
    return this.#perform(() =>
      [...this.#tables.chunks.values()]
        .filter((row) => row.epoch < epoch && (after === undefined || row.id > after))
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .slice(0, limit),
    )
  }

  blobs({ limit }: Page<BlobId>): Promise<readonly BlobRow[]> {
    return this.#perform(() => [...this.#tables.blobs.values()].slice(0, limit))
  }

  #apply(change: CatalogueChange): void {
    const { chunks, blobs } = this.#tables
    if (change.type === 'add-chunks') for (const row of change.chunks) this.#add(row)
    else if (change.type === 'move-chunks') for (const move of change.moves) this.#move(move)
    else if (change.type === 'drop-chunks') {
      for (const { id, place } of change.chunks) if (isAt(chunks.get(id), place)) chunks.delete(id)
    } else if (change.type === 'add-blob') blobs.set(change.blob.id, change.blob)
    else if (change.type === 'remove-blob') blobs.delete(change.id)
    else assert(false, `the plain catalogue does not know ${change.type}`)
  }

  #add(row: ChunkRow): void {
    if (!this.#tables.chunks.has(row.id)) this.#tables.chunks.set(row.id, row)
    this.#stampsOf(row.id).touched = this.#current
  }

  #move({ id, from, to, epoch }: ChunkMove): void {
    const row = this.#tables.chunks.get(id)
    if (row !== undefined && isAt(row, from)) this.#tables.chunks.set(id, { ...row, place: to, epoch })
  }

  #places(ids: readonly ChunkId[]): readonly (ChunkPlace | undefined)[] {
    return ids.map((id) => this.#tables.chunks.get(id)?.place)
  }

  #stampsOf(id: ChunkId): Stamps {
    const stamps = this.#stamps.get(id) ?? { touched: -1, marked: -1 }
    this.#stamps.set(id, stamps)
    return stamps
  }
}

function isAt(row: ChunkRow | undefined, { pack, position }: ChunkPlace): boolean {
  return row !== undefined && row.place.pack === pack && row.place.position === position
}
