import type { Database } from 'better-sqlite3'
import type { KeyEpoch } from '../../types.ts'
import { catalogueError } from '../catalogue-error.ts'
import type { KeyRow } from '../contract.ts'
import { CheckedTable } from './node-checked-table.ts'
import type { Counters } from './node-counters.ts'
import { bytesIn, numberIn } from './node-id-bytes.ts'
import type { RowChecksum } from './node-row-checksum.ts'

/** Wrapped data keys. What is sealed with a key that is gone could never be read again, so that is not let in. */
export class KeyTable {
  readonly table: CheckedTable
  readonly #counters: Counters
  readonly #all
  readonly #byEpoch
  readonly #remove

  constructor(database: Database, checksum: RowChecksum, counters: Counters) {
    const columns = ['epoch', 'wrapped', 'at_ms']
    this.table = new CheckedTable(database, checksum, { name: 'keys', columns, key: ['epoch'] })
    this.#counters = counters
    this.#all = this.table.query('ORDER BY epoch')
    this.#byEpoch = this.table.statement('SELECT 1 FROM keys WHERE epoch = ?')
    this.#remove = this.table.statement('DELETE FROM keys WHERE epoch = ?')
  }

  set({ epoch, wrapped, atMs }: KeyRow): void {
    this.table.put([epoch, wrapped, atMs])
  }

  remove(epoch: KeyEpoch): void {
    if (this.#remove.run(epoch) > 0) this.#counters.raise('retired_epoch', epoch)
  }

  all(): KeyRow[] {
    const rows = this.table.select(this.#all)
    return rows.map((row) => ({
      epoch: numberIn(row[0]) as KeyEpoch,
      wrapped: bytesIn(row[1]),
      atMs: numberIn(row[2]),
    }))
  }

  /** Throws `retired-key` for an epoch of which the key was here once, and is not now. */
  checkNotRetired(epochs: Iterable<KeyEpoch>): void {
    const retired = this.#counters.value('retired_epoch')
    for (const epoch of new Set(epochs)) {
      if (epoch > retired || this.#byEpoch.first(epoch) !== undefined) continue
      throw catalogueError('retired-key', `chunks are sealed with the data key of epoch ${epoch}, which is gone`)
    }
  }
}
