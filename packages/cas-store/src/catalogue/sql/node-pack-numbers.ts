import type { Database } from 'better-sqlite3'
import type { PackId } from '../../types.ts'
import { catalogueError } from '../catalogue-error.ts'
import { CheckedTable } from './node-checked-table.ts'
import { idBytes, idText, numberIn } from './node-id-bytes.ts'
import type { RowChecksum } from './node-row-checksum.ts'

/** So that what is held of them stays small; the rest is asked of the table again. */
const heldMax = 4_096

/** Packs by number, which is what their chunks name. A pack without chunks has none. */
export class PackNumbers {
  readonly table: CheckedTable
  readonly #byId
  readonly #byNumber
  readonly #highest
  readonly #insert
  readonly #remove
  readonly #numbers = new Map<PackId, number>()
  readonly #ids = new Map<number, PackId>()

  constructor(database: Database, checksum: RowChecksum) {
    this.table = new CheckedTable(database, checksum, { name: 'packs', columns: ['pack', 'id'], key: ['pack', 'id'] })
    this.#byId = this.table.query('WHERE id = ?')
    this.#byNumber = this.table.query('WHERE pack = ?')
    this.#highest = this.table.statement('SELECT max(pack) FROM packs')
    this.#insert = this.table.insertion('')
    // A number is free again when no chunk names it.
    this.#remove = this.table.statement(
      'DELETE FROM packs WHERE pack = ? AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.pack = packs.pack)',
    )
  }

  find(pack: PackId): number | undefined {
    const held = this.#numbers.get(pack)
    if (held !== undefined) return held
    const row = this.table.find(this.#byId, idBytes(pack))
    if (row === undefined) return undefined
    return this.#hold(pack, numberIn(row[0]))
  }

  findOrAdd(pack: PackId): number {
    const found = this.find(pack)
    if (found !== undefined) return found
    const id = idBytes(pack)
    const number = numberIn(this.#highest.first()?.[0] ?? 0) + 1
    this.#insert.write(this.table.row([number, id]))
    return this.#hold(pack, number)
  }

  /** False where its row is lost or damaged, so that its chunks are as good as lost too. */
  has(number: number): boolean {
    if (this.#ids.has(number)) return true
    const row = this.#byNumber.first(number)
    return row !== undefined && this.table.isSound(row)
  }

  id(number: number): PackId {
    const held = this.#ids.get(number)
    if (held !== undefined) return held
    const row = this.table.find(this.#byNumber, number)
    if (row === undefined) {
      throw catalogueError('corrupt', `the catalogue's table packs has no row ${number}, which chunks name`)
    }
    const pack = idText(row[1]) as PackId
    this.#hold(pack, number)
    return pack
  }

  release(numbers: Iterable<number>): void {
    for (const number of new Set(numbers)) {
      if (this.#remove.run(number) === 0) continue
      const pack = this.#ids.get(number)
      this.#ids.delete(number)
      if (pack !== undefined) this.#numbers.delete(pack)
    }
  }

  /** The transaction was undone. */
  forget(): void {
    this.#numbers.clear()
    this.#ids.clear()
  }

  #hold(pack: PackId, number: number): number {
    if (this.#numbers.size >= heldMax) this.forget()
    this.#numbers.set(pack, number)
    this.#ids.set(number, pack)
    return number
  }
}
