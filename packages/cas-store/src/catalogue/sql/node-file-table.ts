import type { Database } from 'better-sqlite3'
import type { BlobId, ChunkId } from '../../types.ts'
import type { BlobRow, Fed, Page } from '../contract.ts'
import { CheckedTable } from './node-checked-table.ts'
import type { Counters } from './node-counters.ts'
import { idBytes, idText, numberIn } from './node-id-bytes.ts'
import type { RowChecksum, SqlRow } from './node-row-checksum.ts'

type FedBlob = Fed<{ readonly id: BlobId; readonly isGone: boolean }>

/** Blobs, in the order in which they came; and those that were here and are gone, for who has heard of them. */
export class FileTable {
  readonly table: CheckedTable
  readonly gone: CheckedTable
  readonly #counters: Counters
  readonly #byId
  readonly #after
  readonly #since
  readonly #insert
  readonly #remove
  readonly #totals
  readonly #goneSince
  readonly #removeGone
  readonly #trimGone
  readonly #anyGone
  /** False only where it is known that there is none. */
  #hasGone: boolean | undefined

  constructor(database: Database, checksum: RowChecksum, counters: Counters) {
    const columns = ['seq', 'id', 'size', 'depth', 'root', 'put_at_ms']
    const table = new CheckedTable(database, checksum, { name: 'files', columns, key: ['seq', 'id'] })
    const gone = new CheckedTable(database, checksum, {
      name: 'gone_files',
      columns: ['seq', 'id'],
      key: ['seq', 'id'],
    })
    this.table = table
    this.gone = gone
    this.#counters = counters
    this.#byId = table.query('WHERE id = ?')
    this.#after = table.query('WHERE id > ? ORDER BY id LIMIT ?')
    this.#since = table.query('WHERE seq > ? ORDER BY seq LIMIT ?')
    this.#insert = table.insertion('', 'ON CONFLICT (id) DO NOTHING')
    this.#remove = table.statement('DELETE FROM files WHERE id = ?')
    this.#totals = table.statement('SELECT count(*), coalesce(sum(size), 0) FROM files')
    this.#goneSince = gone.query('WHERE seq > ? ORDER BY seq LIMIT ?')
    this.#removeGone = gone.statement('DELETE FROM gone_files WHERE id = ?')
    this.#anyGone = gone.statement('SELECT 1 FROM gone_files LIMIT 1')
    this.#trimGone = gone.statement('DELETE FROM gone_files WHERE seq <= ?')
  }

  add({ id, size, depth, root, putAtMs }: BlobRow): void {
    this.addRow(idBytes(id), size, depth, idBytes(root), putAtMs)
  }

  addRow(bytes: Uint8Array, size: number, depth: number, root: Uint8Array, putAtMs: number): void {
    const row = this.table.row([this.#counters.value('files') + 1, bytes, size, depth, root, putAtMs])
    if (this.#insert.write(row) === 0) {
      const there = this.#byId.first(bytes)
      if (there !== undefined && this.table.isSound(there)) return
      this.#remove.run(bytes)
      this.#insert.write(row)
    }
    this.#counters.next('files')
    this.#hasGone ??= this.#anyGone.first() !== undefined
    if (this.#hasGone) this.#removeGone.run(bytes)
  }

  remove(id: BlobId): void {
    const bytes = idBytes(id)
    if (this.#remove.run(bytes) === 0) return
    this.#hasGone = true
    this.gone.put([this.#counters.next('files'), bytes])
  }

  trimGone(throughSeq: number): void {
    this.#trimGone.run(throughSeq)
  }

  find(id: BlobId): BlobRow | undefined {
    const row = this.table.find(this.#byId, idBytes(id))
    return row && blobIn(row)
  }

  page({ after, limit }: Page<BlobId>): BlobRow[] {
    const from = after === undefined ? new Uint8Array(0) : idBytes(after)
    return this.table.select(this.#after, from, limit).map(blobIn)
  }

  since(seq: number, limit: number): FedBlob[] {
    const here = this.table.select(this.#since, seq, limit).map((row) => fed(row, false))
    const gone = this.gone.select(this.#goneSince, seq, limit).map((row) => fed(row, true))
    return [...here, ...gone].toSorted((one, other) => one.seq - other.seq).slice(0, limit)
  }

  totals(): { readonly blobs: number; readonly blobBytes: number } {
    const row = this.#totals.first()
    return { blobs: numberIn(row?.[0]), blobBytes: numberIn(row?.[1]) }
  }
}

function fed(row: SqlRow, isGone: boolean): FedBlob {
  return { seq: numberIn(row[0]), row: { id: idText(row[1]) as BlobId, isGone } }
}

function blobIn(row: SqlRow): BlobRow {
  return {
    id: idText(row[1]) as BlobId,
    size: numberIn(row[2]),
    depth: numberIn(row[3]),
    root: idText(row[4]) as ChunkId,
    putAtMs: numberIn(row[5]),
  }
}
