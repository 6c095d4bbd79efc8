import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Prng } from '@flotilla/core/random'
import {
  adds,
  addsBlob,
  blob,
  blobId,
  chunk,
  chunkId,
  placeOf,
} from '../testing/catalogue-conformance/catalogue-under-test.ts'
import { oneOfEach } from '../testing/catalogue-conformance/every-table.ts'
import { observed } from '../testing/catalogue-conformance/observation.ts'
import type { CatalogueDamage } from './contract.ts'
import { catalogueDefaults } from './limits.ts'
import { inlineCatalogue } from './node-inline-catalogue.ts'
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

describe('a damaged row', () => {
  test('is found in every column of every table, and taken out', async () => {
    const pristine = join(folder, 'pristine.sqlite')
    await filled(pristine)
    const columns = columnsOf(pristine)
    for (const [table, column] of columns) {
      const what = `${table}.${column}`
      await copyFile(pristine, path)
      tamper(`UPDATE ${table} SET ${column} = ${changed(column)}`)
      await using catalogue = inlineCatalogue({ path })
      const found = await catalogue.verify(10)
      // With a pack go its chunks.
      const isExpected = (damage: CatalogueDamage): boolean =>
        damage.table === table || (damage.table === 'chunks' && column === 'pack')
      expect([`${found[0]?.table}.${column}`, found.every(isExpected)]).toEqual([what, true])
      expect((await catalogue.mend())[0]).toEqual(found[0])
      expect(await catalogue.verify(10)).toEqual([])
    }
    expect(columns.length).toBe(64)
  })

  test('is never given out, and is named', async () => {
    await filled(path)
    tamper('UPDATE chunks SET position = position + 1; UPDATE files SET size = size + 1')
    await using catalogue = inlineCatalogue({ path })
    const named = expect.objectContaining({
      code: 'corrupt',
      message: expect.stringContaining(chunkId(1)) as string,
    }) as Error
    await expect(catalogue.places([chunkId(1)])).rejects.toEqual(named)
    await expect(catalogue.chunksOf(placeOf(1, 0).pack, { limit: 5 })).rejects.toEqual(named)
    for (const read of [() => catalogue.blob(blobId(1)), () => catalogue.names({ prefix: '', limit: 5 })]) {
      await expect(read()).rejects.toMatchObject({ code: 'corrupt' })
    }
    await catalogue.beginMarking()
    expect(await catalogue.sweep({ keepFrom: 1, limit: 10 })).toEqual([])
    expect(await catalogue.verify(10)).toHaveLength(2)
  })

  test('is mended by who adds the same again', async () => {
    await filled(path)
    tamper('UPDATE chunks SET position = position + 1; UPDATE files SET size = size + 1')
    await using catalogue = inlineCatalogue({ path })
    expect(await catalogue.touch([chunkId(1)])).toEqual([undefined])
    const place = placeOf(9, 5)
    await catalogue.commit([{ type: 'add-chunks', chunks: [chunk(1, { place })] }, addsBlob(1)])
    expect(await catalogue.places([chunkId(1)])).toEqual([place])
    expect(await catalogue.blob(blobId(1))).toEqual(blob(1))
    expect(await catalogue.verify(10)).toEqual([])
  })
})

async function filled(at: string): Promise<void> {
  const catalogue = inlineCatalogue({ path: at })
  await catalogue.commit(oneOfEach)
  await catalogue[Symbol.asyncDispose]()
}

/** All that a checksum covers, and the checksums. */
function columnsOf(at: string): readonly (readonly [table: string, column: string])[] {
  const database = new SqliteDatabase(at, { readonly: true })
  const rows = database
    .prepare<[], [string, string]>(
      `SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
       WHERE tables.type = 'table' AND columns.name <> 'row'`,
    )
    .raw()
    .all()
  database.close()
  return rows
}

function changed(column: string): string {
  return `CASE typeof(${column})
    WHEN 'integer' THEN ${column} + 1 WHEN 'text' THEN ${column} || 'x' ELSE zeroblob(length(${column})) END`
}

describe('flipped bits', () => {
  test('anywhere in the database, are found, or change nothing', async () => {
    const pristine = join(folder, 'pristine.sqlite')
    const first = inlineCatalogue({ path: pristine })
    await first.commit(oneOfEach)
    await first.commit([adds(...Array.from({ length: 300 }, (_, number) => number + 10))])
    const whole = await observed(first)
    await first[Symbol.asyncDispose]()
    const bytes = await readFile(pristine)
    const ends: (string | undefined)[] = []
    for (let seed = 1; seed <= 150; seed++) {
      await writeFile(path, withFlippedBit(bytes, new Prng(seed)))
      ends.push(await endOf(path, whole))
    }
    expect(new Set(ends)).toEqual(new Set(['corrupt', 'found', 'the same']))
    expect(ends.filter((end) => end === 'found').length).toBeGreaterThan(20)
  })

  test('in the log of a life that was cut off, are found', async () => {
    const own = openDatabase({ path: join(folder, 'own.sqlite'), limits: catalogueDefaults })
    const runner = new DatabaseRunner(own, 'own', catalogueDefaults)
    const log = join(folder, 'own.sqlite-wal')
    let lastBegins = 0
    for (let count = 0; count < 6; count++) {
      lastBegins = (await stat(log)).size
      runner.run([{ method: 'commit', given: [[adds(count), { type: 'set-note', key: 'n', value: String(count) }]] }])
    }
    const [database, wal] = [await readFile(join(folder, 'own.sqlite')), await readFile(log)]
    runner.close()
    for (let seed = 1; seed <= 150; seed++) {
      const prng = new Prng(seed)
      const at = prng.below(wal.length)
      await writeFile(path, database)
      await writeFile(`${path}-wal`, withFlippedBit(wal, prng, at))
      await rm(`${path}-lock`, { force: true })
      const found = await noteOf(path)
      // Behind the last commit there is nothing that could tell that it had been durable.
      expect(at < lastBegins ? ['corrupt'] : ['corrupt', '4'], `seed ${seed}, byte ${at}`).toContain(found)
    }
    await writeFile(path, database)
    await writeFile(`${path}-wal`, wal)
    expect(await noteOf(path)).toBe('5')
    for (let cut = lastBegins; cut < wal.length; cut += 997) {
      await writeFile(path, database)
      await writeFile(`${path}-wal`, wal.subarray(0, cut))
      expect(await noteOf(path), `cut at ${cut}`).toBe('4')
    }
  })
})

function withFlippedBit(bytes: Uint8Array, prng: Prng, at: number = prng.below(bytes.length)): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[at] = (flipped[at] as number) ^ (1 << prng.below(8))
  return flipped
}

/** How it goes with a damaged database; what is not noticed anywhere has to hold what it held. */
async function endOf(at: string, whole: string): Promise<string | undefined> {
  try {
    await using catalogue = inlineCatalogue({ path: at })
    const found = await catalogue.verify(10)
    if (found.length > 0) return 'found'
    return (await observed(catalogue)) === whole ? 'the same' : 'another content'
  } catch (error) {
    return (error as { readonly code?: string }).code
  }
}

async function noteOf(at: string): Promise<string | undefined> {
  try {
    await using catalogue = inlineCatalogue({ path: at })
    return await catalogue.note('n')
  } catch (error) {
    return (error as { readonly code?: string }).code
  }
}
