import type { Database } from 'better-sqlite3'
import { catalogueError } from '../catalogue-error.ts'

/**
 * `user_version` counts those that were done. A migration that was released is never changed.
 *
 * Ids are random, so whatever is ordered by them is written all over the file: rows stand in the order in which they
 * came, and only the index of the ids is so (200,000 chunks, 256 in a transaction: 5.2 s, against 8.8 s where the rows
 * themselves are ordered by id). Packs have numbers, because each of their chunks names them twice.
 */
const migrations: readonly string[] = [
  `CREATE TABLE packs (
     pack      INTEGER PRIMARY KEY,
     id        BLOB NOT NULL UNIQUE,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE chunks (
     row       INTEGER PRIMARY KEY,
     id        BLOB NOT NULL UNIQUE,
     kind      INTEGER NOT NULL,
     epoch     INTEGER NOT NULL,
     pack      INTEGER NOT NULL,
     position  INTEGER NOT NULL,
     length    INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX chunks_by_pack ON chunks (pack, position, length);
   CREATE INDEX chunks_by_epoch ON chunks (epoch);
   CREATE TABLE files (
     seq       INTEGER PRIMARY KEY,
     id        BLOB NOT NULL UNIQUE,
     size      INTEGER NOT NULL,
     depth     INTEGER NOT NULL,
     root      BLOB NOT NULL,
     put_at_ms INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE gone_files (
     seq       INTEGER PRIMARY KEY,
     id        BLOB NOT NULL UNIQUE,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE names (
     name      BLOB PRIMARY KEY,
     blob      BLOB NOT NULL,
     at_ms     INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX names_by_blob ON names (blob);
   CREATE TABLE pins (
     id        BLOB PRIMARY KEY,
     check_sum INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE keys (
     epoch     INTEGER PRIMARY KEY,
     wrapped   BLOB NOT NULL,
     at_ms     INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE partials (
     id        BLOB PRIMARY KEY,
     size      INTEGER NOT NULL,
     depth     INTEGER NOT NULL,
     root      BLOB NOT NULL,
     until_ms  INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE shares (
     blob      BLOB NOT NULL,
     node      TEXT NOT NULL,
     check_sum INTEGER NOT NULL,
     PRIMARY KEY (blob, node)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX shares_by_node ON shares (node);
   CREATE TABLE peers (
     node            TEXT PRIMARY KEY,
     seen_at_ms      INTEGER NOT NULL,
     free_bytes      INTEGER NOT NULL,
     has_ours_to     INTEGER NOT NULL,
     has_theirs_to   INTEGER NOT NULL,
     holdings_to     INTEGER NOT NULL,
     check_sum       INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE statements (
     seq       INTEGER PRIMARY KEY,
     key       BLOB NOT NULL UNIQUE,
     stamp     TEXT NOT NULL,
     author    TEXT NOT NULL,
     envelope  BLOB NOT NULL,
     is_gone   INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE seen_files (
     seen      INTEGER PRIMARY KEY,
     path      BLOB NOT NULL UNIQUE,
     signature TEXT NOT NULL,
     blob      BLOB NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE notes (
     key       BLOB PRIMARY KEY,
     value     TEXT NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE counters (
     name      TEXT PRIMARY KEY,
     value     INTEGER NOT NULL,
     check_sum INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
]

/** `FlotCat1`, so that a database of something else is not taken for a catalogue. */
const applicationId = 0x466c_6f43

/** Brings the schema up to date, each step wholly or not at all; refuses what is newer or is no catalogue. */
export function migrate(database: Database, subject: string): void {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version > migrations.length) {
    throw catalogueError(
      'unknown-version',
      `${subject} has schema ${version}; this program knows those up to ${migrations.length}`,
    )
  }
  const found = database.pragma('application_id', { simple: true }) as number
  if (version > 0 && found !== applicationId) throw catalogueError('corrupt', `${subject} is no catalogue`)
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(migration)
      database.pragma(`application_id = ${applicationId}`)
      database.pragma(`user_version = ${index + 1}`)
    })()
  }
}
