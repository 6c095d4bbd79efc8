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
    try {
      this.#tables.begin()
      const outcomes = calls.map((call) => this.#outcome(call))
      this.#tables.end()
      return outcomes
    } catch (error) {
      this.#tables.undo()
      const said = toCatalogueError(error, this.#subject)
      if (said instanceof FlotillaError && said.code === 'io-failed') this.#poison = { cause: said }
      if (calls.length > 1) return calls.flatMap((call) => this.run([call]))
      return [failed(said)]
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

function failed(error: unknown): CatalogueOutcome {
  return { type: 'failed', error }
}
