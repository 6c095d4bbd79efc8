import type { Database } from 'better-sqlite3'
import { CheckedTable } from './node-checked-table.ts'
import { numberIn } from './node-id-bytes.ts'
import type { RowChecksum } from './node-row-checksum.ts'

type CounterName = 'files' | 'statements' | 'seen_files' | 'retired_epoch'

/**
 * Numbers that only rise, also when the rows that had the highest are gone: whoever has seen one must never meet it
 * again on another row. They are written once in a transaction.
 */
export class Counters {
  readonly table: CheckedTable
  readonly #byName
  readonly #values = new Map<CounterName, number>()
  readonly #changed = new Set<CounterName>()

  constructor(database: Database, checksum: RowChecksum) {
    this.table = new CheckedTable(database, checksum, { name: 'counters', columns: ['name', 'value'], key: ['name'] })
    this.#byName = this.table.query('WHERE name = ?')
  }

  value(name: CounterName): number {
    const held = this.#values.get(name)
    if (held !== undefined) return held
    const row = this.table.find(this.#byName, name)
    const value = row === undefined ? 0 : numberIn(row[1])
    this.#values.set(name, value)
    return value
  }

  next(name: CounterName): number {
    const value = this.value(name) + 1
    this.raise(name, value)
    return value
  }

  raise(name: CounterName, value: number): void {
    if (value <= this.value(name)) return
    this.#values.set(name, value)
    this.#changed.add(name)
  }

  /** Before the transaction ends. */
  flush(): void {
    for (const name of this.#changed) this.table.put([name, this.value(name)])
    this.#changed.clear()
  }

  /** The transaction was undone. */
  forget(): void {
    this.#values.clear()
    this.#changed.clear()
  }
}
