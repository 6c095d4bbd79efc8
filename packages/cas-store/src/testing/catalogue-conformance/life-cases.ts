import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { Catalogue, CatalogueChange } from '../../catalogue/contract.ts'
import {
  adds,
  addsBlob,
  blobId,
  checks,
  chunk,
  chunkId,
  epoch1,
  names,
  refuses,
  type Check,
  type MakeCatalogue,
} from './catalogue-under-test.ts'

/** Calls, transactions, limits and the end. */
export function lifeCases(make: MakeCatalogue): readonly ConformanceCase[] {
  return [
    ...transactionCases(checks(make)),
    ...refusalCases(checks(make)),
    ...limitCases(make),
    ...endCases(checks(make)),
  ]
}

const note = (key: string, value: string): CatalogueChange => ({ type: 'set-note', key, value })

/** Refused, because chunk 1 is sealed with that key: `sealed` makes it so. */
const impossible: CatalogueChange = { type: 'remove-key', epoch: epoch1 }

async function sealed(catalogue: Catalogue): Promise<void> {
  await catalogue.commit([adds(1)])
}

function transactionCases(check: Check): readonly ConformanceCase[] {
  return [
    check('transactions: changes happen in their order', async (catalogue) => {
      await catalogue.commit([note('a', '1'), note('a', '2'), addsBlob(1), names('n', 1)])
      assert.equal(await catalogue.note('a'), '2')
      await catalogue.commit([{ type: 'remove-blob', id: blobId(1) }, names('n', 1)])
      assert.equal((await catalogue.name('n'))?.blob, blobId(1))
      await catalogue.commit([])
    }),
    check('transactions: happen in the order of the calls, without waiting for one another', async (catalogue) => {
      const commits: Promise<void>[] = []
      const reads: Promise<string | undefined>[] = []
      for (let count = 0; count < 50; count++) {
        commits.push(catalogue.commit([note('a', String(count))]))
        reads.push(catalogue.note('a'))
      }
      assert.deepEqual(
        await Promise.all(reads),
        Array.from({ length: 50 }, (_, count) => String(count)),
      )
      await Promise.all(commits)
    }),
  ]
}

function refusalCases(check: Check): readonly ConformanceCase[] {
  return [
    check('transactions: one that is refused changes nothing, and harms no other', async (first, reopen) => {
      await sealed(first)
      const all = await Promise.allSettled([
        first.commit([note('a', '1'), addsBlob(1)]),
        first.commit([note('a', '2'), note('b', '1'), adds(2), addsBlob(2), impossible]),
        first.note('a'),
        first.commit([note('c', '1')]),
        first.touch([chunkId(1), chunkId(2)]),
      ])
      assert.deepEqual(
        all.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
      )
      const next = await reopen(first)
      assert.deepEqual(
        [await next.note('a'), await next.note('b'), await next.note('c'), await next.blob(blobId(2))],
        ['1', undefined, '1', undefined],
      )
      const values = all.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined))
      assert.equal(values[2], '1')
      assert.deepEqual(values[4], [chunk(1).place, undefined])
      assert.equal((await next.blobsSince(0, 10)).length, 1)
      return next
    }),
    check('transactions: those after a refused one count on as if it had not been', async (first, reopen) => {
      await sealed(first)
      const adding = [adds(5), addsBlob(5), impossible]
      await refuses('key-in-use', () => first.commit(adding))
      await first.commit([
        { type: 'add-chunks', chunks: [chunk(6, { place: { ...chunk(6).place, pack: chunk(5).place.pack } })] },
      ])
      await first.commit([addsBlob(6)])
      const next = await reopen(first)
      assert.deepEqual(await next.places([chunkId(5), chunkId(6)]), [undefined, chunk(6).place])
      assert.deepEqual(
        (await next.blobsSince(0, 9)).map(({ row }) => row.id),
        [blobId(6)],
      )
      return next
    }),
    check('transactions: what cannot be stored is refused', async (catalogue) => {
      const wrong: readonly CatalogueChange[] = [
        { type: 'add-chunks', chunks: [chunk(1, { place: { ...chunk(1).place, position: 0.5 } })] },
        { type: 'add-chunks', chunks: [chunk(1, { place: { ...chunk(1).place, length: -1 } })] },
        names('half\ud800', 1),
        names('x'.repeat(100_000), 1),
        { type: 'set-note', key: 'a', value: 'é'.repeat(50_000) },
      ]
      for (const change of wrong) await refuses('wrong-request', () => catalogue.commit([note('b', '1'), change]))
      assert.equal(await catalogue.note('b'), undefined)
      assert.equal((await catalogue.counts()).chunks, 0)
    }),
  ]
}

function limitCases(make: MakeCatalogue): readonly ConformanceCase[] {
  const few = { rowsPerCallMax: 4, rowsPerPageMax: 5, callsWaitingMax: 6, callsPerTransactionMax: 2, rowsPerTurnMax: 3 }
  const check = checks(make, { ...few, seenFilesMax: 3 })
  return [
    check('limits: a call with too many rows is refused, and so is too long a page', async (catalogue) => {
      const five = [1, 2, 3, 4, 5]
      await refuses('wrong-request', () => catalogue.commit([adds(...five)]))
      await refuses('wrong-request', () => catalogue.touch(five.map((number) => chunkId(number))))
      await refuses('wrong-request', () => catalogue.blobs({ limit: 6 }))
      await refuses('wrong-request', () => catalogue.statementsSince(0, 0))
      await catalogue.commit([adds(1, 2, 3, 4)])
      assert.deepEqual(await catalogue.blobs({ limit: 5 }), [])
    }),
    check('limits: when too many wait, the next one is refused, and those that wait are not', async (catalogue) => {
      const calls = Array.from({ length: 9 }, (_, count) => catalogue.commit([note(`k${count}`, 'v')]))
      const settled = await Promise.allSettled(calls)
      const statuses = settled.map(({ status }) => status === 'fulfilled')
      assert.deepEqual(statuses, [true, true, true, true, true, true, false, false, false])
      for (const outcome of settled.slice(6)) {
        assert.equal(((outcome as PromiseRejectedResult).reason as { code?: string }).code, 'overloaded')
      }
      assert.equal(await catalogue.note('k5'), 'v')
      assert.equal(await catalogue.note('k6'), undefined)
    }),
    check('limits: a sweep and a verification in turns see everything', async (catalogue) => {
      for (let number = 0; number < 20; number += 2) await catalogue.commit([adds(number, number + 1)])
      const keepFrom = await catalogue.beginMarking()
      await catalogue.touch([chunkId(0), chunkId(19)])
      assert.equal((await catalogue.sweep({ keepFrom, limit: 5 })).length, 5)
      assert.equal((await catalogue.sweep({ keepFrom, limit: 5 })).length, 5)
      assert.equal((await catalogue.sweep({ keepFrom, limit: 5 })).length, 5)
      assert.equal((await catalogue.sweep({ keepFrom, limit: 5 })).length, 3)
      assert.deepEqual(await catalogue.verify(5), [])
    }),
    check('limits: of the seen files, those longest ago are forgotten', async (catalogue) => {
      const see = (path: string) =>
        catalogue.commit([{ type: 'see-file', file: { path, signature: '', blob: blobId(1) } }])
      for (const path of ['a', 'b', 'c', 'a', 'd']) await see(path)
      const seen = await Promise.all(['a', 'b', 'c', 'd'].map((path) => catalogue.seenFile(path)))
      assert.deepEqual(
        seen.map((file) => file?.path),
        ['a', undefined, 'c', 'd'],
      )
    }),
  ]
}

function endCases(check: Check): readonly ConformanceCase[] {
  return [
    check('the end: what was called before is still done, what is called after is refused', async (first, reopen) => {
      const before = first.commit([note('a', '1')])
      const next = await reopen(first)
      await before
      await refuses('closed', () => first.commit([note('a', '2')]))
      await refuses('closed', () => first.note('a'))
      await refuses('closed', () => first.beginMarking())
      await first[Symbol.asyncDispose]()
      assert.equal(await next.note('a'), '1')
      return next
    }),
    check('verification: finds nothing wrong with what is right', async (catalogue) => {
      await catalogue.commit([
        adds(1, 2),
        addsBlob(1),
        names('a', 1),
        note('a', '1'),
        { type: 'add-pin', id: blobId(1) },
      ])
      assert.deepEqual(await catalogue.verify(10), [])
    }),
  ]
}
