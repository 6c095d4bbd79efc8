import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adds, blobId, chunk, chunkId, placeOf } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import type { CatalogueCall } from './calls.ts'
import { catalogueDefaults } from './limits.ts'
import { inlineCatalogue } from './node-inline-catalogue.ts'
import { sqliteCatalogue } from './node-sqlite-catalogue.ts'
import { DatabaseRunner } from './sql/node-database-runner.ts'
import { openDatabase } from './sql/node-open-database.ts'

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-catalogue-'))
  path = join(folder, 'catalogue.sqlite')
})

afterEach(() => rm(folder, { recursive: true }))

/** Changes the database behind the catalogue's back. */
function tamper(sql: string): void {
  const database = new SqliteDatabase(path)
  database.exec(sql)
  database.close()
}

describe('opening', () => {
  test('only one has it at a time, in this process and in any other', async () => {
    const first = await sqliteCatalogue({ path })
    await first.commit([adds(1)])
    await expect(sqliteCatalogue({ path })).rejects.toMatchObject({ code: 'in-use' })
    expect(() => inlineCatalogue({ path })).toThrow(expect.objectContaining({ code: 'in-use' }))
    const module = JSON.stringify(new URL('./node-inline-catalogue.ts', import.meta.url).href)
    const program = `const { inlineCatalogue } = await import(${module})
      const open = async () => inlineCatalogue({ path: process.argv[1] })
      console.log(await open().catch((error) => error.code))`
    const other = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await Promise.all([text(other.stdout), once(other, 'exit')])
    expect(said.trim()).toBe('in-use')
    // Those who were refused have harmed nothing.
    await first.commit([adds(2)])
    await first[Symbol.asyncDispose]()
    await using next = await sqliteCatalogue({ path })
    expect((await next.counts()).chunks).toBe(2)
  })

  test('one that was closed leaves the database, its lock, and no log', async () => {
    const catalogue = await sqliteCatalogue({ path })
    await catalogue.commit([adds(1)])
    await catalogue[Symbol.asyncDispose]()
    expect((await readdir(folder)).toSorted()).toEqual(['catalogue.sqlite', 'catalogue.sqlite-lock'])
  })

  test('what a newer program has written is refused with a sentence', async () => {
    await (await sqliteCatalogue({ path }))[Symbol.asyncDispose]()
    tamper('PRAGMA user_version = 99')
    await expect(sqliteCatalogue({ path })).rejects.toMatchObject({
      code: 'unknown-version',
      message: expect.stringContaining('schema 99') as string,
      hint: 'open it with the newer Flotilla that wrote it',
    })
  })

  test('what is no catalogue is refused, and left as it is', async () => {
    tamper('CREATE TABLE a (b); PRAGMA user_version = 1')
    await expect(sqliteCatalogue({ path })).rejects.toMatchObject({ code: 'corrupt' })
    await rm(path)
    await writeFile(path, 'x'.repeat(10_000))
    await expect(sqliteCatalogue({ path })).rejects.toMatchObject({ code: 'corrupt' })
    await expect(sqliteCatalogue({ path: join(folder, 'nowhere', 'a') })).rejects.toMatchObject({ code: 'io-failed' })
  })

  test('a database of version 1 is opened for ever', async () => {
    const fixture = new URL('../../fixtures/v1/catalogue.sqlite', import.meta.url)
    await copyFile(fixture, path)
    await using catalogue = await sqliteCatalogue({ path })
    expect(await catalogue.verify(10)).toEqual([])
    expect(await catalogue.places([chunkId(1), chunkId(2)])).toEqual([placeOf(1, 100), undefined])
    expect((await catalogue.name('a/\u{1f600}'))?.blob).toBe(blobId(1))
    expect((await catalogue.blobsSince(0, 9)).map(({ row }) => row.isGone)).toEqual([false, true])
    expect((await catalogue.statement('k'))?.stamp).toBe('1')
  })
})

describe('a full disk', () => {
  test('refuses what needs room, keeps the rest, and goes on when there is room', async () => {
    const own = openDatabase({ path, limits: catalogueDefaults })
    const runner = new DatabaseRunner(own, path, catalogueDefaults)
    const outcome = (...calls: CatalogueCall[]): readonly unknown[] =>
      runner.run(calls).map((each) => (each.type === 'done' ? each.result : (each.error as { code?: string }).code))
    const note = (value: string): CatalogueCall => ({
      method: 'commit',
      given: [[{ type: 'set-note', key: 'n', value }]],
    })
    const read: CatalogueCall = { method: 'note', given: ['n'] }
    const marks: CatalogueCall = { method: 'mark', given: [[chunkId(1)]] }
    const many = Array.from({ length: 2_000 }, (_, number) => number + 10)
    const large: CatalogueCall = {
      method: 'commit',
      given: [[{ type: 'set-note', key: 'm', value: 'm' }, adds(...many)]],
    }
    outcome({ method: 'commit', given: [[adds(1)]] }, { method: 'beginMarking', given: [] })
    const pages = own.database.pragma('page_count', { simple: true }) as number
    own.database.pragma(`max_page_count = ${pages + 4}`)
    expect(outcome(note('1'), marks, large, read, note('2'), marks)).toEqual([
      undefined,
      [true],
      'disk-full',
      '1',
      undefined,
      [false],
    ])
    expect(outcome(read, { method: 'note', given: ['m'] }, { method: 'verifyTurn', given: [undefined, 5] })).toEqual([
      '2',
      undefined,
      { found: [], next: { table: 0, after: undefined } },
    ])
    own.database.pragma('max_page_count = 1000000')
    expect(outcome(large, { method: 'places', given: [[chunkId(10)]] })).toEqual([undefined, [chunk(10).place]])
    runner.close()
  })
})

describe('the thread', () => {
  /** Runs it in a process of its own, on the database. */
  async function said(body: string): Promise<string> {
    const module = JSON.stringify(new URL('./node-sqlite-catalogue.ts', import.meta.url).href)
    const program = `const { sqliteCatalogue } = await import(${module})
      const catalogue = await sqliteCatalogue({ path: process.argv[1] })
      ${body}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return `${output.trim()} ${child.exitCode}`
  }

  test('keeps the process until it has answered and is closed, and no longer', async () => {
    expect(
      await said(`
        await catalogue.commit([{ type: 'set-note', key: 'a', value: '1' }])
        await catalogue[Symbol.asyncDispose]()
        console.log('closed')
      `),
    ).toBe('closed 0')
    expect(await said(`console.log(await catalogue.note('a'))`)).toBe('1 0')
  })
})
