import type { NodeId } from '@flotilla/core/ids'
import type { Database } from 'better-sqlite3'
import type { Fed, Page, StatementRow } from '../contract.ts'
import { orderedBytes, orderedText } from '../text-order.ts'
import { CheckedTable } from './node-checked-table.ts'
import type { Counters } from './node-counters.ts'
import { bytesIn, numberIn, textIn } from './node-id-bytes.ts'
import { rangeValues } from './node-name-table.ts'
import type { RowChecksum, SqlRow } from './node-row-checksum.ts'

/** The newest word about each key, in the order in which this node has heard it. */
export class StatementTable {
  readonly table: CheckedTable
  readonly #counters: Counters
  readonly #byKey
  readonly #page
  readonly #since
  readonly #insert
  readonly #remove

  constructor(database: Database, checksum: RowChecksum, counters: Counters) {
    const columns = ['seq', 'key', 'stamp', 'author', 'envelope', 'is_gone']
    const table = new CheckedTable(database, checksum, { name: 'statements', columns, key: ['seq', 'key'] })
    this.table = table
    this.#counters = counters
    this.#byKey = table.query('WHERE key = ?')
    this.#page = table.query('WHERE key >= ? AND (? OR key > ?) AND key < ? ORDER BY key LIMIT ?')
    this.#since = table.query('WHERE seq > ? ORDER BY seq LIMIT ?')
    this.#insert = table.insertion('')
    this.#remove = table.statement('DELETE FROM statements WHERE key = ?')
  }

  set({ key, stamp, author, envelope, isGone }: StatementRow): void {
    const bytes = orderedBytes(key)
    const there = this.#byKey.first(bytes)
    if (there !== undefined) {
      if (this.table.isSound(there) && !isNewer(stamp, author, textIn(there[2]), textIn(there[3]))) return
      this.#remove.run(bytes)
    }
    const values = [this.#counters.next('statements'), bytes, stamp, author, envelope, isGone ? 1 : 0]
    this.#insert.write(this.table.row(values))
  }

  remove(key: string, stamp: string): void {
    const bytes = orderedBytes(key)
    const there = this.#byKey.first(bytes)
    if (there !== undefined && this.table.isSound(there) && there[2] === stamp) this.#remove.run(bytes)
  }

  find(key: string): StatementRow | undefined {
    const row = this.table.find(this.#byKey, orderedBytes(key))
    return row && statementIn(row)
  }

  page(page: Page<string> & { readonly prefix: string }): StatementRow[] {
    return this.table.select(this.#page, ...rangeValues(page), page.limit).map(statementIn)
  }

  since(seq: number, limit: number): Fed<StatementRow>[] {
    const rows = this.table.select(this.#since, seq, limit)
    return rows.map((row) => ({ seq: numberIn(row[0]), row: statementIn(row) }))
  }
}

function isNewer(stamp: string, author: string, thanStamp: string, thanAuthor: string): boolean {
  return stamp === thanStamp ? author > thanAuthor : stamp > thanStamp
}

function statementIn(row: SqlRow): StatementRow {
  return {
    key: orderedText(row[1] as Uint8Array),
    stamp: textIn(row[2]),
    author: textIn(row[3]) as NodeId,
    envelope: bytesIn(row[4]),
    isGone: row[5] === 1,
  }
}
