import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import type { Database } from 'better-sqlite3'
import type { CatalogueCall, CatalogueOutcome, SweepTurn } from './calls.ts'
import { catalogueError } from './catalogue-error.ts'
import type { Catalogue, CatalogueChange, CatalogueDamage } from './contract.ts'
import { Journal } from './journal.ts'
import { validateCatalogueLimits, type CatalogueLimits } from './limits.ts'
import { queuedCatalogue } from './queued-catalogue.ts'
import { CatalogueTables } from './sql/node-catalogue-tables.ts'
import { openMemoryDatabase } from './sql/node-open-database.ts'
import type { TransactionRunner } from './transaction-runner.ts'

export interface JournaledCatalogueOptions {
  readonly disk: Disk
  /** Of the journal. Default: `catalogue`. */
  readonly path?: DiskPath
  /** For the id of a new journal. */
  readonly entropy: Entropy
  readonly limits?: Partial<CatalogueLimits>
}

/**
 * The catalogue in memory, behind a journal on a `Disk`: for the simulator, where the disk tears, rots and fills, and
 * for stores that are small.
 */
export async function journaledCatalogue(options: JournaledCatalogueOptions): Promise<Catalogue> {
  const limits = validateCatalogueLimits(options.limits)
  const { disk, entropy, path = diskPath('catalogue') } = options
  const { journal, content } = await Journal.open({ disk, path, entropy })
  try {
    const database = openMemoryDatabase(content.image)
    const tables = new CatalogueTables(database, limits)
    tables.replay(content.changes)
    return queuedCatalogue(new JournaledRunner(database, tables, journal, limits), limits)
  } catch (error) {
    await journal[Symbol.asyncDispose]()
    throw error
  }
}

class JournaledRunner implements TransactionRunner {
  readonly #database: Database
  readonly #tables: CatalogueTables
  readonly #journal: Journal
  readonly #journalBytesMin: number
  /** From this length on, the journal is written anew. */
  #rewriteAt: number
  #poison: unknown

  constructor(database: Database, tables: CatalogueTables, journal: Journal, limits: CatalogueLimits) {
    this.#database = database
    this.#tables = tables
    this.#journal = journal
    this.#journalBytesMin = limits.journalBytesMin
    this.#rewriteAt = Math.max(2 * this.#journalBytesMin, journal.byteLength)
  }

  async run(calls: readonly CatalogueCall[]): Promise<readonly CatalogueOutcome[]> {
    if (this.#poison !== undefined) return calls.map(() => this.#refused())
    const changes: CatalogueChange[] = []
    const outcomes: CatalogueOutcome[] = []
    this.#tables.begin()
    try {
      for (const call of calls) outcomes.push(this.#outcome(call, changes))
    } catch (error) {
      this.#tables.undo()
      return calls.length === 1 ? [{ type: 'failed', error }] : this.#oneByOne(calls)
    }
    try {
      if (changes.length > 0) await this.#journal.append(changes)
      this.#tables.end()
    } catch (error) {
      this.#tables.undo()
      const said = asPort(error)
      if (said.code === 'wrong-request' && calls.length > 1) return this.#oneByOne(calls)
      return this.#withoutWrites(calls, said)
    }
    if (calls.some(({ method }) => method === 'mend')) return this.#mended(calls, outcomes)
    await this.#rewriteIfLong()
    return this.#withJournalVerified(calls, outcomes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#journal[Symbol.asyncDispose]()
    } finally {
      this.#database.close()
    }
  }

  /** Throws where the transaction has to be undone. */
  #outcome(call: CatalogueCall, changes: CatalogueChange[]): CatalogueOutcome {
    const { method, given } = call
    try {
      const result = this.#tables.perform(call)
      if (method === 'commit') changes.push(...(given[0] as readonly CatalogueChange[]))
      if (method === 'sweepTurn') {
        const { rows } = result as SweepTurn
        if (rows.length > 0) changes.push({ type: 'drop-chunks', chunks: rows.map(({ id, place }) => ({ id, place })) })
      }
      return { type: 'done', result }
    } catch (error) {
      if (method === 'commit' || method === 'sweepTurn') throw error
      return { type: 'failed', error }
    }
  }

  async #oneByOne(calls: readonly CatalogueCall[]): Promise<readonly CatalogueOutcome[]> {
    const outcomes: CatalogueOutcome[] = []
    for (const call of calls) outcomes.push(...(await this.run([call])))
    return outcomes
  }

  /** What only reads is done again: it may have seen what was undone. */
  async #withoutWrites(calls: readonly CatalogueCall[], error: FlotillaError): Promise<readonly CatalogueOutcome[]> {
    if (error.code === 'poisoned') this.#poison = error
    const isWrite = ({ method }: CatalogueCall): boolean => method === 'commit' || method === 'sweepTurn'
    const outcomes: CatalogueOutcome[] = []
    for (const call of calls) {
      outcomes.push(...(isWrite(call) ? [{ type: 'failed', error } as const] : await this.run([call])))
    }
    return outcomes
  }

  /** The tables are in memory; what can be damaged is the journal, and a new one takes its place. */
  async #mended(
    calls: readonly CatalogueCall[],
    outcomes: readonly CatalogueOutcome[],
  ): Promise<readonly CatalogueOutcome[]> {
    const taken = await this.#journal.verify()
    const outcomeOf = (result: readonly CatalogueDamage[]): CatalogueOutcome => ({ type: 'done', result })
    let mended = outcomeOf(taken)
    if (taken.length > 0) {
      const failure = await this.#rewrite()
      if (failure !== undefined) mended = { type: 'failed', error: failure }
    }
    return outcomes.map((outcome, at) => (calls[at]?.method === 'mend' ? mended : outcome))
  }

  async #rewriteIfLong(): Promise<void> {
    if (this.#journal.byteLength <= this.#rewriteAt) return
    // Where it fails, what was there goes on as it was; it is tried again when as much has come again.
    await this.#rewrite()
  }

  async #rewrite(): Promise<FlotillaError | undefined> {
    try {
      await this.#journal.rewrite(this.#database.serialize())
      return undefined
    } catch (error) {
      const said = asPort(error)
      if (said.code === 'poisoned') this.#poison = said
      return said
    } finally {
      this.#rewriteAt = 2 * Math.max(this.#journalBytesMin, this.#journal.byteLength)
    }
  }

  async #withJournalVerified(
    calls: readonly CatalogueCall[],
    outcomes: readonly CatalogueOutcome[],
  ): Promise<readonly CatalogueOutcome[]> {
    const at = calls.findIndex(({ method, given }) => method === 'verifyTurn' && given[0] === undefined)
    const outcome = outcomes[at]
    if (outcome?.type !== 'done') return outcomes
    const turn = outcome.result as { readonly found: readonly CatalogueDamage[] }
    const found = [...(await this.#journal.verify()), ...turn.found]
    return outcomes.with(at, { type: 'done', result: { ...turn, found } })
  }

  #refused(): CatalogueOutcome {
    return { type: 'failed', error: catalogueError('poisoned', 'an earlier write of the journal failed', this.#poison) }
  }
}

const diskCodes: ReadonlySet<string> = new Set(['disk-full', 'io-failed', 'poisoned', 'corrupt', 'closed'])

function asPort(thrown: unknown): FlotillaError {
  if (!(thrown instanceof FlotillaError)) throw thrown
  const error = thrown as FlotillaError
  if (diskCodes.has(error.code)) return error
  if (error.code === 'too-large') return catalogueError('wrong-request', error.message, error)
  return catalogueError('io-failed', error.message, error)
}
