import type { Database } from 'better-sqlite3'
import type { ChunkId, ChunkPlace, KeyEpoch, PackId } from '../../types.ts'
import type { CatalogueChange, ChunkMove, ChunkRow, PackUse, Page } from '../contract.ts'
import { GenerationMarks } from '../generation-marks.ts'
import { CheckedTable } from './node-checked-table.ts'
import { idBytes, idText, numberIn } from './node-id-bytes.ts'
import { PackNumbers } from './node-pack-numbers.ts'
import type { RowChecksum, SqlRow } from './node-row-checksum.ts'

/** Where the row's own number stands in what the queries give: behind the columns and the checksum. */
const rowAt = 7
/** Up to so many chunks with older keys are sorted by id for each page; with more, all chunks are gone through. */
const sortedMax = 20_000

export interface SweptChunks {
  readonly rows: readonly ChunkRow[]
  /** All were looked at since the last sweep that said so. */
  readonly isOver: boolean
}

export class ChunkTable {
  readonly table: CheckedTable
  readonly marks: GenerationMarks = new GenerationMarks()
  readonly packs: PackNumbers
  readonly #byId
  readonly #byRow
  readonly #numberOf
  readonly #insert
  readonly #update
  readonly #delete
  readonly #numbersAfter
  readonly #use
  readonly #ofPack
  readonly #ofEpoch
  readonly #olderCount
  readonly #olderSorted
  readonly #olderInOrder
  readonly #totals
  /** How far a sweep has come, and from which generation on it keeps. */
  #sweeping: { readonly keepFrom: number; readonly row: number } = { keepFrom: -1, row: 0 }

  constructor(database: Database, checksum: RowChecksum) {
    this.packs = new PackNumbers(database, checksum)
    const columns = ['id', 'kind', 'epoch', 'pack', 'position', 'length']
    const table = new CheckedTable(database, checksum, { name: 'chunks', columns, key: ['id'] })
    this.table = table
    this.#byId = table.query('WHERE id = ?', ['row'])
    this.#byRow = table.query('WHERE row = ?', ['row'])
    this.#numberOf = table.statement('SELECT row FROM chunks WHERE id = ?')
    this.#insert = table.insertion('', 'ON CONFLICT (id) DO NOTHING')
    this.#update = table.statement(
      'UPDATE chunks SET kind = ?, epoch = ?, pack = ?, position = ?, length = ?, check_sum = ? WHERE row = ?',
    )
    this.#delete = table.statement('DELETE FROM chunks WHERE row = ?')
    this.#numbersAfter = table.statement('SELECT row FROM chunks WHERE row > ? ORDER BY row LIMIT ?')
    this.#use = table.statement('SELECT pack, count(*), sum(length) FROM chunks GROUP BY pack')
    this.#ofPack = table.query('WHERE pack = ? AND position > ? ORDER BY position LIMIT ?')
    this.#ofEpoch = table.statement('SELECT 1 FROM chunks WHERE epoch = ? LIMIT 1')
    this.#olderCount = table.statement('SELECT count(*) FROM (SELECT 1 FROM chunks WHERE epoch < ? LIMIT ?)')
    this.#olderSorted = table.query('INDEXED BY chunks_by_epoch WHERE epoch < ? AND id > ? ORDER BY id LIMIT ?')
    // The plus keeps the planner from the index by epoch.
    this.#olderInOrder = table.query('WHERE +epoch < ? AND id > ? ORDER BY id LIMIT ?')
    this.#totals = table.statement('SELECT count(*), coalesce(sum(length), 0) FROM chunks INDEXED BY chunks_by_pack')
  }

  add(chunks: readonly ChunkRow[]): void {
    for (const { id, kind, epoch, place } of chunks) {
      const pack = this.packs.findOrAdd(place.pack)
      const bytes = idBytes(id)
      const values = this.table.row([bytes, kind === 'list' ? 1 : 0, epoch, pack, place.position, place.length])
      const number = this.#insert.insert(values)
      if (number !== 0) {
        this.marks.add(number)
        continue
      }
      const there = this.#byId.first(bytes) as SqlRow
      const row = numberIn(there[rowAt])
      // A damaged row says nothing that could be relied upon.
      const isSound = this.table.isSound(there) && this.packs.has(numberIn(there[3]))
      if (!isSound) this.#update.write([...values.slice(1), row])
      this.marks.touch(row)
    }
  }

  move(moves: readonly ChunkMove[]): void {
    const left: number[] = []
    for (const { id, from, to, epoch } of moves) {
      const there = this.#at(id, from)
      if (there === undefined) continue
      const values = [there[0] as Uint8Array, numberIn(there[1]), epoch, this.packs.findOrAdd(to.pack), to.position]
      values.push(to.length)
      this.#update.run(...values.slice(1), this.table.checksum(values), numberIn(there[rowAt]))
      left.push(numberIn(there[3]))
    }
    this.packs.release(left)
  }

  drop(chunks: Extract<CatalogueChange, { type: 'drop-chunks' }>['chunks']): void {
    const left: number[] = []
    for (const { id, place } of chunks) {
      const there = this.#at(id, place)
      if (there === undefined) continue
      this.#delete.run(numberIn(there[rowAt]))
      left.push(numberIn(there[3]))
    }
    this.packs.release(left)
  }

  /** A damaged row counts as missing, so that who would add the chunk does, and mends it. */
  touch(ids: readonly ChunkId[]): (ChunkPlace | undefined)[] {
    return ids.map((id) => {
      const row = this.#byId.first(idBytes(id))
      if (row === undefined || !this.table.isSound(row) || !this.packs.has(numberIn(row[3]))) return undefined
      this.marks.touch(numberIn(row[rowAt]))
      return this.#placeIn(row)
    })
  }

  mark(ids: readonly ChunkId[]): boolean[] {
    return ids.map((id) => {
      const row = this.#numberOf.first(idBytes(id))
      return row === undefined || this.marks.mark(numberIn(row[0]))
    })
  }

  places(ids: readonly ChunkId[]): (ChunkPlace | undefined)[] {
    return ids.map((id) => {
      const row = this.table.find(this.#byId, idBytes(id))
      return row && this.#placeIn(row)
    })
  }

  /**
   * Goes on where the last one stopped: what was left behind had been touched, and so it stays as long as `keepFrom` is
   * the same. What is damaged is left alone, since nobody can say what it is.
   */
  sweep(keepFrom: number, limit: number, lookedAtMax: number): SweptChunks {
    if (this.#sweeping.keepFrom !== keepFrom) this.#sweeping = { keepFrom, row: 0 }
    const numbers = this.#numbersAfter.all(this.#sweeping.row, lookedAtMax)
    const rows: ChunkRow[] = []
    const left: number[] = []
    for (const [value] of numbers) {
      const number = numberIn(value)
      if (rows.length === limit) break
      this.#sweeping = { keepFrom, row: number }
      if (this.marks.wasTouchedFrom(number, keepFrom)) continue
      const row = this.#byRow.first(number) as SqlRow
      if (!this.table.isSound(row)) continue
      rows.push(this.#chunkIn(row))
      left.push(numberIn(row[3]))
      this.#delete.run(number)
    }
    this.packs.release(left)
    const isOver = numbers.length < lookedAtMax && numberIn(numbers.at(-1)?.[0] ?? 0) <= this.#sweeping.row
    if (isOver) this.#sweeping = { keepFrom: -1, row: 0 }
    return { rows, isOver }
  }

  use(): PackUse[] {
    return this.#use.all().map(([pack, chunks, bytes]) => ({
      pack: this.packs.id(numberIn(pack)),
      chunks: numberIn(chunks),
      bytes: numberIn(bytes),
    }))
  }

  ofPack(pack: PackId, { after = -1, limit }: Page<number>): ChunkRow[] {
    const number = this.packs.find(pack)
    if (number === undefined) return []
    return this.table.select(this.#ofPack, number, after, limit).map((row) => this.#chunkIn(row))
  }

  before(epoch: KeyEpoch, { after, limit }: Page<ChunkId>): ChunkRow[] {
    const isFew = numberIn(this.#olderCount.first(epoch, sortedMax)?.[0]) < sortedMax
    const query = isFew ? this.#olderSorted : this.#olderInOrder
    const from = after === undefined ? new Uint8Array(0) : idBytes(after)
    return this.table.select(query, epoch, from, limit).map((row) => this.#chunkIn(row))
  }

  countBefore(epoch: KeyEpoch): number {
    return numberIn(this.#olderCount.first(epoch, -1)?.[0])
  }

  hasEpoch(epoch: KeyEpoch): boolean {
    return this.#ofEpoch.first(epoch) !== undefined
  }

  totals(): { readonly chunks: number; readonly chunkBytes: number } {
    const row = this.#totals.first()
    return { chunks: numberIn(row?.[0]), chunkBytes: numberIn(row?.[1]) }
  }

  /** The transaction was undone. */
  forget(): void {
    this.packs.forget()
    this.marks.undo()
    this.#sweeping = { keepFrom: -1, row: 0 }
  }

  /** The row of the chunk if it is sound, and that is where it is. */
  #at(id: ChunkId, place: ChunkPlace): SqlRow | undefined {
    const row = this.#byId.first(idBytes(id))
    if (row === undefined || !this.table.isSound(row)) return undefined
    const isThere = row[3] === this.packs.find(place.pack) && row[4] === place.position && row[5] === place.length
    return isThere ? row : undefined
  }

  #placeIn(row: SqlRow): ChunkPlace {
    return { pack: this.packs.id(numberIn(row[3])), position: numberIn(row[4]), length: numberIn(row[5]) }
  }

  #chunkIn(row: SqlRow): ChunkRow {
    return {
      id: idText(row[0]) as ChunkId,
      kind: row[1] === 1 ? 'list' : 'data',
      epoch: numberIn(row[2]) as KeyEpoch,
      place: this.#placeIn(row),
    }
  }
}
