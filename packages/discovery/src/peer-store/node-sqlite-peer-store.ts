import { renameSync, rmSync } from 'node:fs'
import { FlotillaError } from '@flotilla/core/errors'
import { parseNodeId, type NodeId } from '@flotilla/core/ids'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { WallMillis } from '@flotilla/core/time'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Address } from '../address.ts'
import { ipFamily } from '../ip-address.ts'
import type { PeerStatus, PeerStore, PeerStoreErrorCode, StoredPeer } from './peer-store.ts'

export interface SqlitePeerStoreOptions {
  /** Of the database; its folder exists. */
  readonly path: string
  readonly logger?: Logger
}

const busyTimeoutMs = 5_000

/** `user_version` counts those that were done. */
const migrations: readonly string[] = [
  `CREATE TABLE peer (
     id        TEXT PRIMARY KEY,
     name      TEXT NOT NULL,
     roles     TEXT NOT NULL,
     status    TEXT NOT NULL CHECK (status IN ('connected', 'seen', 'unreachable')),
     last_seen INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE peer_address (
     peer  TEXT NOT NULL REFERENCES peer (id) ON DELETE CASCADE,
     place INTEGER NOT NULL,
     host  TEXT NOT NULL,
     port  INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
     PRIMARY KEY (peer, place)
   ) STRICT, WITHOUT ROWID;`,
]

/**
 * Peers in a file. A file that is damaged, or that a newer release has written, is set aside with a warning and begun
 * anew, because it is only a cache. Throws `storage-failed` where no file can be had at all.
 */
export function sqlitePeerStore(options: SqlitePeerStoreOptions): PeerStore {
  const { path, logger = silentLogger } = options
  const database = working(path, () => {
    try {
      return opened(path)
    } catch (error) {
      if (!isDamage(error)) throw error
      const aside = `${path}.damaged`
      logger.warn({ path, aside, err: error }, 'the peer store cannot be read: it is set aside, and begun anew')
      setAside(path, aside)
      return opened(path)
    }
  })
  return storeOver(database, path, logger)
}

function storeOver(database: Database, path: string, logger: Logger): PeerStore {
  const statements = {
    peers: database.prepare<[], PeerRow>('SELECT id, name, roles, status, last_seen FROM peer'),
    addresses: database.prepare<[string], Address>('SELECT host, port FROM peer_address WHERE peer = ? ORDER BY place'),
    put: database.prepare<[string, string, string, string, number]>('INSERT INTO peer VALUES (?, ?, ?, ?, ?)'),
    putAddress: database.prepare<[string, number, string, number]>('INSERT INTO peer_address VALUES (?, ?, ?, ?)'),
    remove: database.prepare<[string]>('DELETE FROM peer WHERE id = ?'),
  }
  const upsert = database.transaction((peers: readonly StoredPeer[]): void => {
    for (const { id, name, roles, status, lastSeen, addresses } of peers) {
      statements.remove.run(id)
      statements.put.run(id, name, JSON.stringify(roles), status, lastSeen)
      for (const [place, { host, port }] of addresses.entries()) statements.putAddress.run(id, place, host, port)
    }
  })
  const forget = database.transaction((ids: readonly NodeId[]): void => {
    for (const id of ids) statements.remove.run(id)
  })
  const list = (): readonly StoredPeer[] =>
    statements.peers.all().flatMap((row): StoredPeer[] => {
      const peer = readPeer(row, statements.addresses.all(row.id))
      if (peer === undefined) logger.warn({ path, id: row.id }, 'a peer in the store makes no sense and is left out')
      return peer === undefined ? [] : [peer]
    })
  return {
    list: () => working(path, list),
    upsert: (peers) => working(path, () => upsert(peers)),
    forget: (ids) => working(path, () => forget(ids)),
    [Symbol.asyncDispose]() {
      database.close()
      return Promise.resolve()
    },
  }
}

interface PeerRow {
  readonly id: string
  readonly name: string
  readonly roles: string
  readonly status: PeerStatus
  readonly last_seen: number
}

/** What stands in a file is not to be trusted more than what comes over the wire. */
function readPeer(row: PeerRow, addresses: readonly Address[]): StoredPeer | undefined {
  const id = readId(row.id)
  const roles = readRoles(row.roles)
  const { name, status } = row
  if (id === undefined || roles === undefined || row.last_seen < 0) return undefined
  if (addresses.some(({ host }) => ipFamily(host) === undefined)) return undefined
  return { id, name, roles, addresses, status, lastSeen: row.last_seen as WallMillis }
}

function readId(text: string): NodeId | undefined {
  try {
    return parseNodeId(text)
  } catch {
    return undefined
  }
}

function readRoles(text: string): readonly string[] | undefined {
  try {
    const roles: unknown = JSON.parse(text)
    return Array.isArray(roles) && roles.every((role) => typeof role === 'string') ? roles : undefined
  } catch {
    return undefined
  }
}

/** The database with its schema up to date; throws whatever is wrong with it. */
function opened(path: string): Database {
  const database = new SqliteDatabase(path, { timeout: busyTimeoutMs })
  try {
    database.pragma('journal_mode = WAL')
    // What a power cut takes away are the last seconds of a cache.
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = ON')
    const found = database.pragma('quick_check(1)', { simple: true })
    if (found !== 'ok') throw new DamagedFile(String(found))
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Each migration is done wholly or not at all. */
function migrate(database: Database): void {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version > migrations.length) throw new DamagedFile(`a newer Flotilla has written it (schema ${version})`)
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(migration)
      database.pragma(`user_version = ${index + 1}`)
    })()
  }
}

/** What the file holds is of no use; told from a file that is busy, or may not be opened. */
class DamagedFile extends Error {}

function isDamage(error: unknown): boolean {
  if (error instanceof DamagedFile) return true
  return error instanceof SqliteDatabase.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)
}

function setAside(path: string, aside: string): void {
  // What belongs to the damaged file must not be taken for the new one's.
  for (const companion of [`${path}-wal`, `${path}-shm`, aside]) rmSync(companion, { force: true })
  renameSync(path, aside)
}

function working<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new FlotillaError<PeerStoreErrorCode>('storage-failed', `the peer store ${path} does not work (${said})`, {
      hint: 'look at the disk and its free space; nothing but a quicker start depends on it',
      cause: error,
    })
  }
}
