import type { Database } from 'better-sqlite3'
import { rowsOf, type CatalogueCall, type CatalogueMethod, type CatalogueWork } from '../calls.ts'
import { checkChange } from '../change-bounds.ts'
import { catalogueError } from '../catalogue-error.ts'
import type { CatalogueChange, Page } from '../contract.ts'
import type { CatalogueLimits } from '../limits.ts'
import { applyChange } from './node-change-application.ts'
import { tableSet, type TableSet } from './node-table-set.ts'
import { mendTables, verifyTurn } from './node-verification.ts'

/**
 * The catalogue on an open database, without waiting. Calls are performed between `begin` and `end` or `undo`; what
 * they have given is true only when `end` has returned.
 */
export class CatalogueTables {
  readonly #database: Database
  readonly #limits: CatalogueLimits
  readonly #tables: TableSet
  readonly #work: CatalogueWork

  constructor(database: Database, limits: CatalogueLimits) {
    this.#database = database
    this.#limits = limits
    this.#tables = tableSet(database, limits)
    this.#work = this.#workOf(this.#tables)
  }

  begin(): void {
    this.#database.exec('BEGIN IMMEDIATE')
    this.#tables.chunks.marks.begin()
  }

  end(): void {
    this.#tables.counters.flush()
    this.#database.exec('COMMIT')
  }

  undo(): void {
    // Some errors make SQLite undo it by itself.
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
    this.#tables.counters.forget()
    this.#tables.chunks.forget()
  }

  /** Does what an earlier life has done; in this one, nothing of it counts as touched. */
  replay(transactions: readonly (readonly CatalogueChange[])[]): void {
    this.begin()
    for (const changes of transactions) this.perform({ method: 'commit', given: [changes] })
    this.end()
    this.#tables.chunks.marks.clear()
  }

  /** What a call gives. If it throws, the transaction is to be undone unless the call only reads. */
  perform<Method extends CatalogueMethod>(call: CatalogueCall<Method>): ReturnType<CatalogueWork[Method]> {
    const { method, given } = call
    const rows = rowsOf(call) - (method === 'commit' ? 1 : 0)
    const { rowsPerCallMax } = this.#limits
    if (rows > rowsPerCallMax) {
      throw catalogueError('wrong-request', `${method} was given ${rows} rows; rowsPerCallMax is ${rowsPerCallMax}`)
    }
    const act = this.#work[method] as (...given: unknown[]) => ReturnType<CatalogueWork[Method]>
    return act(...given)
  }

  #workOf(tables: TableSet): CatalogueWork {
    const { chunks, files, names, keys, peers, statements, facts } = tables
    return {
      commit: (changes: readonly CatalogueChange[]) => {
        for (const change of changes) {
          checkChange(change, this.#limits)
          applyChange(tables, change)
        }
      },
      beginMarking: () => chunks.marks.advance(),
      touch: (ids) => chunks.touch(ids),
      mark: (ids) => chunks.mark(ids),
      sweepTurn: ({ keepFrom, limit }) => this.#sweepTurn(keepFrom, this.#count(limit)),
      places: (ids) => chunks.places(ids),
      packs: () => chunks.use(),
      chunksOf: (pack, page) => chunks.ofPack(pack, this.#page(page)),
      chunksBefore: (epoch, page) => chunks.before(epoch, this.#page(page)),
      chunkCountBefore: (epoch) => chunks.countBefore(epoch),
      counts: () => ({ ...files.totals(), names: names.count(), ...chunks.totals() }),
      blob: (id) => files.find(id),
      blobs: (page) => files.page(this.#page(page)),
      blobsSince: (seq, limit) => files.since(seq, this.#count(limit)),
      name: (name) => names.find(name),
      names: (page) =>
        names.page(this.#page(page)).flatMap((row) => {
          const blob = files.find(row.blob)
          return blob === undefined ? [] : [{ ...row, size: blob.size }]
        }),
      namesOf: (id) => names.of(id),
      isPinned: (id) => facts.isPinned(id),
      pins: () => facts.allPins(),
      partials: () => facts.allPartials(),
      keys: () => keys.all(),
      sharesOf: (blob) => peers.sharesOf(blob),
      shares: (page) => peers.sharesAfter(this.#page(page)),
      peers: () => peers.all(),
      statement: (key) => statements.find(key),
      statements: (page) => statements.page(this.#page(page)),
      statementsSince: (seq, limit) => statements.since(seq, this.#count(limit)),
      seenFile: (path) => facts.seenFile(path),
      seenFiles: (paths) =>
        paths.map((path) => {
          const row = facts.seenFile(path)
          const blob = row && files.find(row.blob)
          return blob && { ...row, size: blob.size }
        }),
      note: (key) => facts.note(key),
      mend: () => {
        const taken = mendTables(this.#database, tables.all)
        // What is held of them may be what was damaged.
        tables.counters.forget()
        chunks.packs.forget()
        return taken
      },
      verifyTurn: (place, limit) => {
        const most = { found: this.#count(limit), rows: this.#limits.rowsPerTurnMax }
        return verifyTurn(this.#database, tables.all, place, most)
      },
    }
  }

  #sweepTurn(keepFrom: number, limit: number): ReturnType<CatalogueWork['sweepTurn']> {
    const { chunks } = this.#tables
    const { generation } = chunks.marks
    if (generation === 0 || !Number.isInteger(keepFrom) || keepFrom < 0 || keepFrom > generation) {
      throw catalogueError('wrong-request', `a sweep keeps from generation ${keepFrom} on, and this is ${generation}`)
    }
    return chunks.sweep(keepFrom, limit, this.#limits.rowsPerTurnMax)
  }

  #page<Asked extends Page<unknown>>(page: Asked): Asked {
    this.#count(page.limit)
    return page
  }

  #count(limit: number): number {
    const { rowsPerPageMax } = this.#limits
    if (Number.isInteger(limit) && limit >= 1 && limit <= rowsPerPageMax) return limit
    throw catalogueError('wrong-request', `${limit} rows are asked for; it may be 1 to ${rowsPerPageMax}`)
  }
}
