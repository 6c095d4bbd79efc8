import type { Catalogue } from './contract.ts'
import { validateCatalogueLimits, type CatalogueLimits } from './limits.ts'
import { queuedCatalogue } from './queued-catalogue.ts'
import { DatabaseRunner } from './sql/node-database-runner.ts'
import { openDatabase, openMemoryDatabase, type OwnDatabase } from './sql/node-open-database.ts'

export interface InlineCatalogueOptions {
  /** Of the database; its folder exists. Left out: it is in memory, and gone when it is disposed of. */
  readonly path?: string
  readonly limits?: Partial<CatalogueLimits>
}

/** A catalogue that works in the calling thread, for tests: each sync of the disk stops everything else. */
export function inlineCatalogue(options: InlineCatalogueOptions = {}): Catalogue {
  const limits = validateCatalogueLimits(options.limits)
  const { path } = options
  const runner = new DatabaseRunner(opened(path, limits), path ?? 'the catalogue in memory', limits)
  const transactions = {
    run: (calls: Parameters<typeof runner.run>[0]) => Promise.resolve(runner.run(calls)),
    [Symbol.asyncDispose]() {
      runner.close()
      return Promise.resolve()
    },
  }
  return queuedCatalogue(transactions, limits)
}

function opened(path: string | undefined, limits: CatalogueLimits): OwnDatabase {
  if (path !== undefined) return openDatabase({ path, limits })
  const database = openMemoryDatabase()
  return { database, close: () => database.close() }
}
