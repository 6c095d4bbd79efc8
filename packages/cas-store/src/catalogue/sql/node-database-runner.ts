import { FlotillaError } from '@flotilla/core/errors'
import type { Database } from 'better-sqlite3'
import type { CatalogueCall, CatalogueMethod, CatalogueOutcome } from '../calls.ts'
import { catalogueError } from '../catalogue-error.ts'
import type { CatalogueLimits } from '../limits.ts'
import { CatalogueTables } from './node-catalogue-tables.ts'
import type { OwnDatabase } from './node-open-database.ts'
import { toCatalogueError } from './node-sqlite-error.ts'

const writing: ReadonlySet<CatalogueMethod> = new Set<CatalogueMethod>(['commit', 'sweepTurn', 'mend'])

/** Performs calls on a database in a file, without waiting. */
export class DatabaseRunner {
  readonly #database: Database
  readonly #tables: CatalogueTables
  readonly #subject: string
  /** A write failed so that nobody knows what the disk holds. */
  #poison: { readonly cause: unknown } | undefined

  readonly #close: () => void

  constructor({ database, close }: OwnDatabase, subject: string, limits: CatalogueLimits) {
    this.#database = database
    this.#close = close
    this.#tables = new CatalogueTables(database, limits)
    this.#subject = subject
  }

  /**
   * All in one transaction; if that cannot be, each in its own, so that the fault of one does not harm the others.
   */
  run(calls: readonly CatalogueCall[]): readonly CatalogueOutcome[] {
    if (this.#poison !== undefined) return calls.map(() => failed(this.#poisoned()))
    let said = this.#attempt(calls)
    if (isFull(said) && this.#hasMadeRoom()) said = this.#attempt(calls)
    if (!(said instanceof Error)) return said
    if (said instanceof FlotillaError && said.code === 'io-failed') this.#poison = { cause: said }
    if (calls.length > 1) return calls.flatMap((call) => this.run([call]))
    return [failed(said)]
  }

  #attempt(calls: readonly CatalogueCall[]): readonly CatalogueOutcome[] | Error {
    try {
      this.#tables.begin()
      const outcomes = calls.map((call) => this.#outcome(call))
      this.#tables.end()
      return outcomes
    } catch (error) {
      this.#tables.undo()
      return toCatalogueError(error, this.#subject)
    }
  }

  /**
   * The log holds each page as often as it was changed; written back and cut off it gives that room back, so that on a
   * full disk things can still be deleted.
   */
  #hasMadeRoom(): boolean {
    try {
      const [{ busy, log } = { busy: 1, log: 0 }] = this.#database.pragma('wal_checkpoint(TRUNCATE)') as LogState[]
      return busy === 0 && log === 0
    } catch {
      // It has no room for that either. The log stays as it was, and what it holds stays durable.
      return false
    }
  }

  close(): void {
    this.#close()
  }

  /** Throws where the transaction has to be undone. */
  #outcome(call: CatalogueCall): CatalogueOutcome {
    try {
      return { type: 'done', result: this.#tables.perform(call) }
    } catch (error) {
      if (writing.has(call.method) || !this.#database.inTransaction) throw error
      return failed(toCatalogueError(error, this.#subject))
    }
  }

  #poisoned(): Error {
    return catalogueError('poisoned', `an earlier write of ${this.#subject} failed`, this.#poison?.cause)
  }
}

interface LogState {
  readonly busy: number
  /** Frames that are in it now. */
  readonly log: number
}

function isFull(said: readonly CatalogueOutcome[] | Error): boolean {
  return said instanceof FlotillaError && said.code === 'disk-full'
}

function failed(error: unknown): CatalogueOutcome {
  return { type: 'failed', error }
}
