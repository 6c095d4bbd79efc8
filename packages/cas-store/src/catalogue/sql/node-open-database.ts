import SqliteDatabase, { type Database } from 'better-sqlite3'
import { catalogueError } from '../catalogue-error.ts'
import type { CatalogueLimits } from '../limits.ts'
import { migrate } from './node-schema.ts'
import { inspectWal } from './node-wal-inspection.ts'
import { toCatalogueError } from './node-sqlite-error.ts'

const busyTimeoutMs = 5_000

export interface OwnDatabase {
  readonly database: Database
  /** And lets others have it. */
  readonly close: () => void
}

export interface OpenDatabase {
  readonly path: string
  readonly limits: CatalogueLimits
}

/**
 * A database in a file, for this process alone, with its schema up to date. The lock is a file of its own, because the
 * log has to be looked at while nobody writes it, and before SQLite has it open.
 */
export function openDatabase({ path, limits }: OpenDatabase): OwnDatabase {
  let lock: Database | undefined
  let database: Database | undefined
  const close = (): void => {
    try {
      database?.close()
    } finally {
      lock?.close()
    }
  }
  try {
    // Whoever else has it open will not let go of it within any time that is worth waiting.
    lock = new SqliteDatabase(`${path}-lock`, { timeout: 0 })
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    inspectWal(`${path}-wal`)
    database = new SqliteDatabase(path, { timeout: 0 })
    // Before the first access, so that the index of the log is in our memory, and no file of it beside the others.
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`cache_size = -${limits.cacheKibibytesMax}`)
    database.pragma(`wal_autocheckpoint = ${limits.walPagesMax}`)
    database.pragma(`journal_size_limit = ${limits.walPagesMax * 4_096}`)
    database.exec('BEGIN IMMEDIATE; COMMIT')
    // Each life begins with an empty log: see `inspectWal`.
    database.pragma('wal_checkpoint(TRUNCATE)')
    migrate(database, path)
    database.pragma(`busy_timeout = ${busyTimeoutMs}`)
    return { database, close }
  } catch (error) {
    close()
    // There is no such folder, or it is one that is not ours.
    if (error instanceof TypeError) throw catalogueError('io-failed', `${path} cannot be opened`, error)
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
