import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { CatalogueLimits } from '../limits.ts'
import { migrate } from './node-schema.ts'
import { toCatalogueError } from './node-sqlite-error.ts'

const busyTimeoutMs = 5_000

export interface OpenDatabase {
  readonly path: string
  readonly limits: CatalogueLimits
}

/** A database in a file, for this process alone, with its schema up to date. */
export function openDatabase({ path, limits }: OpenDatabase): Database {
  let database: Database | undefined
  try {
    // Whoever else has it open will not let go of it within any time that is worth waiting.
    database = new SqliteDatabase(path, { timeout: 0 })
    // Before the first access, so that the index of the log is in our memory, and no file of it beside the others.
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${limits.cacheKibibytesMax}`)
    database.pragma(`wal_autocheckpoint = ${limits.walPagesMax}`)
    database.pragma(`journal_size_limit = ${limits.walPagesMax * 4_096}`)
    database.exec('BEGIN IMMEDIATE; COMMIT')
    migrate(database, path)
    database.pragma(`busy_timeout = ${busyTimeoutMs}`)
    return database
  } catch (error) {
    database?.close()
    throw toCatalogueError(error, path)
  }
}

/** A database in memory: empty, or as `serialize` has given it. */
export function openMemoryDatabase(image?: Uint8Array): Database {
  const database = new SqliteDatabase(
    image === undefined ? ':memory:' : Buffer.from(image.buffer, image.byteOffset, image.length),
  )
  migrate(database, 'the catalogue in memory')
  return database
}
