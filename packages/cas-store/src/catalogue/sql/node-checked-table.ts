import type { Database, Statement } from 'better-sqlite3'
import { catalogueError } from '../catalogue-error.ts'
import type { CatalogueDamage } from '../contract.ts'
import type { RowChecksum, SqlRow, SqlValue } from './node-row-checksum.ts'

export interface TableSpec {
  readonly name: string
  /** All that the checksum covers, in its order. */
  readonly columns: readonly string[]
  /** What tells rows apart, and in which order they are gone through. */
  readonly key: readonly string[]
}

/** A statement that is prepared when it is first needed: preparing all of them took most of the time of opening. */
export class Prepared {
  readonly #database: Database
  readonly #sql: string
  #made: Statement | undefined

  constructor(database: Database, sql: string) {
    this.#database = database
    this.#sql = sql
  }

  get #statement(): Statement {
    if (this.#made !== undefined) return this.#made
    const made = this.#database.prepare(this.#sql)
    return (this.#made = made.reader ? made.raw() : made)
  }

  first(...parameters: SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...parameters) as SqlRow | undefined
  }

  all(...parameters: SqlValue[]): readonly SqlRow[] {
    return this.#statement.all(...parameters) as SqlRow[]
  }

  /** How many rows it changed. */
  run(...parameters: SqlValue[]): number {
    return this.#statement.run(...parameters).changes
  }

  /** The same, without another array for each row. */
  write(row: SqlRow): number {
    return this.#statement.run(row).changes
  }

  /** The number of the row that it inserted, or 0. */
  insert(row: SqlRow): number {
    const { changes, lastInsertRowid } = this.#statement.run(row)
    return changes === 0 ? 0 : Number(lastInsertRowid)
  }
}

/** A table of which each row carries a checksum. Rows are its columns, then the checksum, then what a query adds. */
export class CheckedTable {
  readonly spec: TableSpec
  readonly #database: Database
  readonly #checksum: RowChecksum
  readonly #seed: number
  readonly #put: Prepared

  constructor(database: Database, checksum: RowChecksum, spec: TableSpec) {
    this.spec = spec
    this.#database = database
    this.#checksum = checksum
    this.#seed = checksum.seedOf(spec.name)
    this.#put = this.insertion('OR REPLACE')
  }

  /** `INSERT`, with the columns and then the checksum as its parameters. */
  insertion(conflict: string, rest = ''): Prepared {
    const { name, columns } = this.spec
    const places = [...columns, 'check_sum'].map(() => '?').join(', ')
    const sql = `INSERT ${conflict} INTO ${name} (${columns.join(', ')}, check_sum) VALUES (${places}) ${rest}`
    return new Prepared(this.#database, sql)
  }

  query(rest: string, added: readonly string[] = []): Prepared {
    const { name, columns } = this.spec
    const selected = [...columns, 'check_sum', ...added].map((column) => `${name}.${column}`).join(', ')
    return new Prepared(this.#database, `SELECT ${selected} FROM ${name} ${rest}`)
  }

  statement(sql: string): Prepared {
    return new Prepared(this.#database, sql)
  }

  /** In place of what has the same key. */
  put(values: SqlValue[]): void {
    this.#put.write(this.row(values))
  }

  /** The same array, with the checksum of its values behind them: what `insertion` takes. */
  row(values: SqlValue[]): SqlRow {
    values.push(this.checksum(values))
    return values
  }

  checksum(values: SqlRow): number {
    return this.#checksum.of(this.#seed, values, this.spec.columns.length)
  }

  isSound(row: SqlRow): boolean {
    return row[this.spec.columns.length] === this.checksum(row)
  }

  /** Throws `corrupt` where it is not what was written. */
  checked(row: SqlRow): SqlRow {
    if (this.isSound(row)) return row
    const { table, row: which, why } = this.damage(row)
    throw catalogueError('corrupt', `row ${which} of the catalogue's table ${table} is damaged: ${why}`)
  }

  find(query: Prepared, ...parameters: SqlValue[]): SqlRow | undefined {
    const row = query.first(...parameters)
    return row && this.checked(row)
  }

  select(query: Prepared, ...parameters: SqlValue[]): readonly SqlRow[] {
    const rows = query.all(...parameters)
    for (const row of rows) this.checked(row)
    return rows
  }

  damage(row: SqlRow): CatalogueDamage {
    const { name, key, columns } = this.spec
    const shown = key.map((column) => shownValue(row[columns.indexOf(column)] ?? null))
    return { table: name, row: shown.join(' '), why: 'its checksum does not match what it holds' }
  }
}

const shownBytesMax = 64

function shownValue(value: SqlValue): string {
  if (!(value instanceof Uint8Array)) return String(value)
  const bytes = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, shownBytesMax))
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
  return isText ? JSON.stringify(bytes.toString('latin1')) : bytes.toString('hex')
}
