import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adds, chunkId } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import type { CatalogueCall, CatalogueOutcome } from './calls.ts'
import { catalogueDefaults } from './limits.ts'
import { DatabaseRunner } from './sql/node-database-runner.ts'
import { openDatabase, type OwnDatabase } from './sql/node-open-database.ts'

const pagesPlenty = 1_000_000

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-catalogue-'))
  path = join(folder, 'catalogue.sqlite')
})

afterEach(() => rm(folder, { recursive: true }))

/**
 * A database whose disk is full, as far as SQLite can tell. `roomOfLog`: cutting the log off makes room, as it does on
 * a disk that the log has filled.
 */
class FullDisk implements Disposable {
  readonly runner: DatabaseRunner
  /** How long the log was each time when somebody had cut it off. */
  readonly cuts: number[] = []
  readonly #own: OwnDatabase

  constructor({ roomOfLog }: { readonly roomOfLog: boolean }) {
    this.#own = openDatabase({ path, limits: catalogueDefaults })
    this.runner = new DatabaseRunner(this.#own, 'the catalogue', catalogueDefaults)
    const { database } = this.#own
    const pragma = database.pragma.bind(database)
    database.pragma = (source, options) => {
      const result = pragma(source, options)
      if (!source.startsWith('wal_checkpoint')) return result
      this.cuts.push(this.logBytes)
      if (roomOfLog) this.grow()
      return result
    }
  }

  get logBytes(): number {
    return existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0
  }

  fill(): void {
    const { database } = this.#own
    database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`)
  }

  grow(): void {
    this.#own.database.pragma(`max_page_count = ${pagesPlenty}`)
  }

  [Symbol.dispose](): void {
    this.runner.close()
  }
}

const many = (from: number): CatalogueCall => ({
  method: 'commit',
  given: [[adds(...Array.from({ length: 500 }, (_, index) => from + index))]],
})
const isHere = (number: number): CatalogueCall => ({ method: 'places', given: [[chunkId(number)]] })
const endOf = (outcome: CatalogueOutcome | undefined): unknown =>
  outcome?.type === 'failed' ? (outcome.error as { readonly code: string }).code : outcome?.type

describe('on a full disk', () => {
  test('the log is cut off, and what there is room for then is done', () => {
    using full = new FullDisk({ roomOfLog: true })
    expect(full.runner.run([many(1)]).map(endOf)).toEqual(['done'])
    expect(full.logBytes).toBeGreaterThan(0)
    full.fill()
    expect(full.runner.run([many(1_000)]).map(endOf)).toEqual(['done'])
    expect(full.cuts).toEqual([0])
    expect(full.runner.run([isHere(1_499)])).toMatchObject([{ result: [expect.anything()] }])
  })

  test('where that does not help, who asks for too much is refused, others are served, and all is well later', () => {
    using full = new FullDisk({ roomOfLog: false })
    full.runner.run([many(1)])
    full.fill()
    const small: CatalogueCall = { method: 'commit', given: [[{ type: 'remove-name', name: 'x' }]] }
    expect(full.runner.run([isHere(1), many(1_000), small]).map(endOf)).toEqual(['done', 'disk-full', 'done'])
    expect(full.runner.run([isHere(1), isHere(1_000)])).toMatchObject([
      { result: [expect.anything()] },
      { result: [undefined] },
    ])
    full.grow()
    expect(full.runner.run([many(1_000)]).map(endOf)).toEqual(['done'])
  })
})
