import type { Database } from 'better-sqlite3'
import type { CatalogueLimits } from '../limits.ts'
import type { CheckedTable } from './node-checked-table.ts'
import { ChunkTable } from './node-chunk-table.ts'
import { Counters } from './node-counters.ts'
import { FactTables } from './node-fact-tables.ts'
import { FileTable } from './node-file-table.ts'
import { KeyTable } from './node-key-table.ts'
import { NameTable } from './node-name-table.ts'
import { PeerTables } from './node-peer-tables.ts'
import { RowChecksum } from './node-row-checksum.ts'
import { StatementTable } from './node-statement-table.ts'

/** All tables of one database. */
export interface TableSet {
  readonly chunks: ChunkTable
  readonly files: FileTable
  readonly names: NameTable
  readonly keys: KeyTable
  readonly peers: PeerTables
  readonly statements: StatementTable
  readonly facts: FactTables
  readonly counters: Counters
  /** In the order in which they are verified. */
  readonly all: readonly CheckedTable[]
}

export function tableSet(database: Database, limits: CatalogueLimits): TableSet {
  const checksum = new RowChecksum()
  const counters = new Counters(database, checksum)
  const chunks = new ChunkTable(database, checksum)
  const files = new FileTable(database, checksum, counters)
  const names = new NameTable(database, checksum)
  const keys = new KeyTable(database, checksum, counters)
  const peers = new PeerTables(database, checksum)
  const statements = new StatementTable(database, checksum, counters)
  const facts = new FactTables(database, checksum, counters, limits.seenFilesMax)
  const all = [
    counters.table,
    chunks.packs.table,
    chunks.table,
    files.table,
    files.gone,
    names.table,
    keys.table,
    peers.peers,
    peers.shares,
    statements.table,
    facts.pins,
    facts.partials,
    facts.seen,
    facts.notes,
  ]
  return { chunks, files, names, keys, peers, statements, facts, counters, all }
}
