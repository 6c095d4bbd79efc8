import type { Database } from 'better-sqlite3'
import type { BlobId, ChunkId } from '../../types.ts'
import type { PartialRow, SeenFileRow } from '../contract.ts'
import { orderedBytes, orderedText } from '../text-order.ts'
import { CheckedTable } from './node-checked-table.ts'
import type { Counters } from './node-counters.ts'
import { idBytes, idText, numberIn, textIn } from './node-id-bytes.ts'
import type { RowChecksum, SqlRow } from './node-row-checksum.ts'

/** The small tables: what is pinned, what is under way, what was seen, what others have noted. */
export class FactTables {
  readonly pins: CheckedTable
  readonly partials: CheckedTable
  readonly seen: CheckedTable
  readonly notes: CheckedTable
  readonly #counters: Counters
  readonly #seenFilesMax: number
  readonly #pin
  readonly #allPins
  readonly #removePin
  readonly #allPartials
  readonly #removePartial
  readonly #seenOf
  readonly #removeSeen
  readonly #note
  readonly #removeNote

  constructor(database: Database, checksum: RowChecksum, counters: Counters, seenFilesMax: number) {
    const tableOf = (name: string, columns: readonly string[]): CheckedTable =>
      new CheckedTable(database, checksum, { name, columns, key: columns.slice(0, 1) })
    this.pins = tableOf('pins', ['id'])
    this.partials = tableOf('partials', ['id', 'size', 'depth', 'root', 'until_ms'])
    this.seen = tableOf('seen_files', ['seen', 'path', 'signature', 'blob'])
    this.notes = tableOf('notes', ['key', 'value'])
    this.#counters = counters
    this.#seenFilesMax = seenFilesMax
    this.#pin = this.pins.query('WHERE id = ?')
    this.#allPins = this.pins.query('ORDER BY id')
    this.#removePin = this.pins.statement('DELETE FROM pins WHERE id = ?')
    this.#allPartials = this.partials.query('ORDER BY id')
    this.#removePartial = this.partials.statement('DELETE FROM partials WHERE id = ?')
    this.#seenOf = this.seen.query('WHERE path = ?')
    this.#removeSeen = this.seen.statement('DELETE FROM seen_files WHERE seen <= ?')
    this.#note = this.notes.query('WHERE key = ?')
    this.#removeNote = this.notes.statement('DELETE FROM notes WHERE key = ?')
  }

  addPin(id: BlobId): void {
    this.pins.put([idBytes(id)])
  }

  removePin(id: BlobId): void {
    this.#removePin.run(idBytes(id))
  }

  isPinned(id: BlobId): boolean {
    return this.pins.find(this.#pin, idBytes(id)) !== undefined
  }

  allPins(): BlobId[] {
    return this.pins.select(this.#allPins).map((row) => idText(row[0]) as BlobId)
  }

  setPartial({ id, size, depth, root, untilMs }: PartialRow): void {
    this.partials.put([idBytes(id), size, depth, idBytes(root), untilMs])
  }

  removePartial(id: BlobId): void {
    this.#removePartial.run(idBytes(id))
  }

  allPartials(): PartialRow[] {
    return this.partials.select(this.#allPartials).map(partialIn)
  }

  /** Each sight has a higher number, so that those with the lowest were seen longest ago. */
  see({ path, signature, blob }: SeenFileRow): void {
    this.seeRow(orderedBytes(path), signature, idBytes(blob))
  }

  seeRow(path: Uint8Array, signature: string, blob: Uint8Array): void {
    const number = this.#counters.next('seen_files')
    this.seen.put([number, path, signature, blob])
    if (number > this.#seenFilesMax) this.#removeSeen.run(number - this.#seenFilesMax)
  }

  seenFile(path: string): SeenFileRow | undefined {
    const row = this.seen.find(this.#seenOf, orderedBytes(path))
    return row && { path: orderedText(row[1] as Uint8Array), signature: textIn(row[2]), blob: idText(row[3]) as BlobId }
  }

  setNote(key: string, value: string | undefined): void {
    if (value === undefined) this.#removeNote.run(orderedBytes(key))
    else this.notes.put([orderedBytes(key), value])
  }

  note(key: string): string | undefined {
    const row = this.notes.find(this.#note, orderedBytes(key))
    return row && textIn(row[1])
  }
}

function partialIn(row: SqlRow): PartialRow {
  return {
    id: idText(row[0]) as BlobId,
    size: numberIn(row[1]),
    depth: numberIn(row[2]),
    root: idText(row[3]) as ChunkId,
    untilMs: numberIn(row[4]),
  }
}
