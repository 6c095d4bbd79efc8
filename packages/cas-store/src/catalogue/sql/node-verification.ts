import type { Database } from 'better-sqlite3'
import type { VerifyPlace, VerifyTurn } from '../calls.ts'
import type { CatalogueDamage } from '../contract.ts'
import type { CheckedTable } from './node-checked-table.ts'
import type { SqlRow, SqlValue } from './node-row-checksum.ts'

/** First the structure of the file, then the rows of one table after the other, so many at a time. */
export function verifyTurn(
  database: Database,
  tables: readonly CheckedTable[],
  place: VerifyPlace | undefined,
  limits: { readonly found: number; readonly rows: number },
): VerifyTurn {
  if (place === undefined) {
    return { found: structureDamage(database, limits.found), next: { table: 0, after: undefined } }
  }
  const table = tables[place.table]
  if (table === undefined) return { found: [], next: undefined }
  const { columns, key } = table.spec
  const keys = key.join(', ')
  const where = place.after === undefined ? '' : `WHERE (${keys}) > (${key.map(() => '?').join(', ')})`
  const after: readonly SqlValue[] = place.after ?? []
  let rows: readonly SqlRow[]
  try {
    rows = table.query(`${where} ORDER BY ${keys} LIMIT ?`).all(...after, limits.rows)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const found = [{ table: table.spec.name, row: 'unknown', why: `it cannot be read: ${why}` }]
    return { found, next: { table: place.table + 1, after: undefined } }
  }
  const unsound = rows.filter((row) => !table.isSound(row)).slice(0, limits.found)
  const last = rows.at(-1)
  const isOver = rows.length < limits.rows || last === undefined
  const next = isOver
    ? { table: place.table + 1, after: undefined }
    : { table: place.table, after: key.map((column) => last[columns.indexOf(column)] as string | number | Uint8Array) }
  const found = unsound.map((row) => table.damage(row))
  // A pack that is damaged itself was told of before.
  if (isOver && table.spec.name === 'chunks') found.push(...orphans(database, limits.found - found.length))
  return { found, next }
}

/** Chunks of a pack that nobody can name any more. */
function orphans(database: Database, limit: number): CatalogueDamage[] {
  const rows = database
    .prepare<[number], string>(`SELECT DISTINCT pack FROM chunks WHERE pack ${isUnknown} LIMIT ?`)
    .pluck()
    .all(Math.max(0, limit))
  return rows.map((pack) => ({ table: 'chunks', row: `all of pack ${pack}`, why: 'the table packs has no such pack' }))
}

const isUnknown = 'NOT IN (SELECT pack FROM packs)'

/** What SQLite itself finds: pages that are none, rows that an index lacks, and the like. */
function structureDamage(database: Database, limit: number): CatalogueDamage[] {
  let said: readonly string[]
  try {
    const rows = database.pragma(`integrity_check(${limit})`) as readonly { readonly integrity_check: string }[]
    said = rows.map((row) => row.integrity_check)
  } catch (error) {
    said = [error instanceof Error ? error.message : String(error)]
  }
  const wrong = said.filter((sentence) => sentence !== 'ok')
  return wrong.slice(0, limit).map((why) => ({ table: tableNamedIn(why), row: 'unknown', why }))
}

function tableNamedIn(sentence: string): string {
  return /\b(?:table|index|Tree) (\w+)/.exec(sentence)?.[1] ?? 'unknown'
}

/** Makes all indexes anew, and takes out what is not as it was written. */
export function mendTables(database: Database, tables: readonly CheckedTable[]): CatalogueDamage[] {
  database.exec('REINDEX')
  const taken: CatalogueDamage[] = []
  for (const table of tables) {
    const { name, columns, key } = table.spec
    const remove = table.statement(`DELETE FROM ${name} WHERE ${key.map((column) => `${column} IS ?`).join(' AND ')}`)
    for (const row of table.query('').all()) {
      if (table.isSound(row)) continue
      taken.push(table.damage(row))
      remove.run(...key.map((column) => row[columns.indexOf(column)] ?? null))
    }
  }
  taken.push(...orphans(database, orphansToldMax))
  database.exec(`DELETE FROM chunks WHERE pack ${isUnknown}`)
  return taken
}

/** All are taken out; of more packs than these it is not said. */
const orphansToldMax = 1_000
