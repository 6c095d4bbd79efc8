import type { Database } from 'better-sqlite3'
import type { BlobId } from '../../types.ts'
import type { NameRow, Page } from '../contract.ts'
import { behindPrefix, orderedBytes, orderedText } from '../text-order.ts'
import { CheckedTable } from './node-checked-table.ts'
import { idBytes, idText, numberIn } from './node-id-bytes.ts'
import type { RowChecksum, SqlRow, SqlValue } from './node-row-checksum.ts'

/** Behind everything that a text can be: no byte of `orderedBytes` is 0xff. */
const behindAll = Uint8Array.of(0xff)

/** From where to where a page of what begins with a prefix goes: above the first, below the second. */
function rangeOf({ prefix, after }: { prefix: string; after?: string }): {
  readonly from: Uint8Array
  readonly isFromIncluded: boolean
  readonly below: Uint8Array
} {
  const first = orderedBytes(prefix)
  const below = behindPrefix(first) ?? behindAll
  const isAfter = after !== undefined && after >= prefix
  return { from: isAfter ? orderedBytes(after) : first, isFromIncluded: !isAfter, below }
}

/** The parameters of `key >= ? AND (? OR key > ?) AND key < ?`. */
export function rangeValues(page: Page<string> & { readonly prefix: string }): SqlValue[] {
  const { from, isFromIncluded, below } = rangeOf(page)
  return [from, isFromIncluded ? 1 : 0, from, below]
}

export class NameTable {
  readonly table: CheckedTable
  readonly #byName
  readonly #ofBlob
  readonly #page
  readonly #remove
  readonly #removeOfBlob
  readonly #count

  constructor(database: Database, checksum: RowChecksum) {
    const columns = ['name', 'blob', 'at_ms']
    const table = new CheckedTable(database, checksum, { name: 'names', columns, key: ['name'] })
    this.table = table
    this.#byName = table.query('WHERE name = ?')
    this.#ofBlob = table.query('WHERE blob = ? ORDER BY name')
    this.#page = table.statement(
      `SELECT names.name, names.blob, names.at_ms, names.check_sum
       FROM names CROSS JOIN files ON files.id = names.blob
       WHERE names.name >= ? AND (? OR names.name > ?) AND names.name < ? ORDER BY names.name LIMIT ?`,
    )
    this.#remove = table.statement('DELETE FROM names WHERE name = ?')
    this.#removeOfBlob = table.statement('DELETE FROM names WHERE blob = ?')
    this.#count = table.statement('SELECT count(*) FROM names')
  }

  set({ name, blob, atMs }: NameRow): void {
    this.setRow(orderedBytes(name), idBytes(blob), atMs)
  }

  setRow(name: Uint8Array, blob: Uint8Array, atMs: number): void {
    this.table.put([name, blob, atMs])
  }

  remove(name: string): void {
    this.#remove.run(orderedBytes(name))
  }

  removeOf(blob: BlobId): void {
    this.#removeOfBlob.run(idBytes(blob))
  }

  find(name: string): NameRow | undefined {
    const row = this.table.find(this.#byName, orderedBytes(name))
    return row && nameIn(row)
  }

  /** Only those of which the blob is here. */
  page(page: Page<string> & { readonly prefix: string }): NameRow[] {
    return this.table.select(this.#page, ...rangeValues(page), page.limit).map(nameIn)
  }

  of(blob: BlobId): string[] {
    return this.table.select(this.#ofBlob, idBytes(blob)).map((row) => nameIn(row).name)
  }

  count(): number {
    return numberIn(this.#count.first()?.[0])
  }
}

function nameIn(row: SqlRow): NameRow {
  return { name: orderedText(row[0] as Uint8Array), blob: idText(row[1]) as BlobId, atMs: numberIn(row[2]) }
}
