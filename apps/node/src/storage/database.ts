import { FlotillaError } from '@flotilla/core/errors'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { nodeLimitsDefaults } from '../limits.ts'
import { migrations } from './migrations.ts'

export type { Database }

/** Opens the node's database and brings its schema up to date; refuses one that a newer Flotilla has written. */
export function openDatabase(path: string): Database {
  let database: Database | undefined
  try {
    database = new SqliteDatabase(path, { timeout: nodeLimitsDefaults.sqliteBusyTimeoutMs })
    database.pragma('journal_mode = WAL')
    // WAL with FULL syncs on every commit; NORMAL, the build's own default, could lose the last ones in a power cut.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    migrate(database, path)
    return database
  } catch (error) {
    database?.close()
    if (error instanceof FlotillaError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw new FlotillaError('storage-failed', `${path} cannot be opened (${said})`, {
      hint: 'look at it with `./flotilla check`, and restore it from a backup if it is damaged',
      cause: error,
    })
  }
}

/** `user_version` counts the migrations that were done; each is done wholly or not at all. */
function migrate(database: Database, path: string): void {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version > migrations.length) {
    throw new FlotillaError('storage-newer', `${path} was written by a newer Flotilla (schema ${version})`, {
      hint: `this one knows schema ${migrations.length}: update Flotilla, or choose another data folder`,
    })
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(migration)
      database.pragma(`user_version = ${index + 1}`)
    })()
  }
}
