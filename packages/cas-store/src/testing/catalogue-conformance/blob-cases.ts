import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { Catalogue } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import { adds, addsBlob, blob, blobId, chunkId, names, type Check } from './catalogue-under-test.ts'

/** Blobs, their names and pins, and what is on its way. */
export function blobCases(check: Check): readonly ConformanceCase[] {
  return [...rowCases(check), ...feedCases(check), ...nameCases(check), ...pinCases(check)]
}

function rowCases(check: Check): readonly ConformanceCase[] {
  return [
    check('blobs: one that was added is there, in the next life too', async (first, reopen) => {
      const large = blob(2, { size: 2 ** 50, depth: 3, putAtMs: 2 ** 45 })
      await first.commit([addsBlob(1), { type: 'add-blob', blob: large }])
      const next = await reopen(first)
      assert.deepEqual(await next.blob(blobId(1)), blob(1))
      assert.deepEqual(await next.blob(blobId(2)), large)
      assert.equal(await next.blob(blobId(3)), undefined)
      assert.deepEqual(await next.blobs({ limit: 5 }), [blob(1), large])
      return next
    }),
    check('blobs: where one is there already, that one stays', async (catalogue) => {
      await catalogue.commit([addsBlob(1)])
      await catalogue.commit([{ type: 'add-blob', blob: blob(1, { putAtMs: 9 }) }])
      assert.deepEqual(await catalogue.blob(blobId(1)), blob(1))
      assert.equal((await catalogue.blobsSince(0, 10)).length, 1)
    }),
    check('blobs: one that is removed takes its names along, and not its pin', async (first, reopen) => {
      await first.commit([addsBlob(1), addsBlob(2), names('a', 1), names('b', 2), names('c', 1)])
      await first.commit([{ type: 'add-pin', id: blobId(1) }])
      await first.commit([{ type: 'remove-blob', id: blobId(1) }])
      const next = await reopen(first)
      assert.equal(await next.blob(blobId(1)), undefined)
      assert.deepEqual(await next.namesOf(blobId(1)), [])
      assert.equal(await next.name('a'), undefined)
      assert.deepEqual(await next.name('b'), { name: 'b', blob: blobId(2), atMs: 7 })
      assert.deepEqual(await next.pins(), [blobId(1)])
      return next
    }),
    check('blobs: by id, in pages', async (catalogue) => {
      await catalogue.commit([3, 1, 5, 2, 4].map((number) => addsBlob(number)))
      assert.deepEqual(await catalogue.blobs({ limit: 2 }), [blob(1), blob(2)])
      assert.deepEqual(await catalogue.blobs({ limit: 2, after: blobId(2) }), [blob(3), blob(4)])
      assert.deepEqual(await catalogue.blobs({ limit: 2, after: blobId(4) }), [blob(5)])
      assert.deepEqual(await catalogue.blobs({ limit: 2, after: blobId(5) }), [])
    }),
    check('counts: what there is', async (catalogue) => {
      const none = { blobs: 0, blobBytes: 0, names: 0, chunks: 0, chunkBytes: 0 }
      assert.deepEqual(await catalogue.counts(), none)
      await catalogue.commit([adds(1, 2, 3), addsBlob(1), addsBlob(2), names('a', 1), names('b', 1), names('c', 9)])
      assert.deepEqual(await catalogue.counts(), { blobs: 2, blobBytes: 2_003, names: 3, chunks: 3, chunkBytes: 300 })
    }),
  ]
}

type Heard = readonly (readonly [id: BlobId, isGone: boolean])[]

async function heard(catalogue: Catalogue, seq: number): Promise<{ readonly seq: number; readonly heard: Heard }> {
  const rows = await catalogue.blobsSince(seq, 100)
  return { seq: rows.at(-1)?.seq ?? seq, heard: rows.map(({ row }) => [row.id, row.isGone]) }
}

function feedCases(check: Check): readonly ConformanceCase[] {
  return [
    check('feed of blobs: each by the last that became of it', async (first, reopen) => {
      await first.commit([addsBlob(3), addsBlob(1), addsBlob(2)])
      const before = await heard(first, 0)
      assert.deepEqual(
        before.heard,
        [3, 1, 2].map((number) => [blobId(number), false]),
      )
      await first.commit([
        { type: 'remove-blob', id: blobId(3) },
        { type: 'remove-blob', id: blobId(9) },
      ])
      const next = await reopen(first)
      const after = await heard(next, before.seq)
      assert.deepEqual(after.heard, [[blobId(3), true]])
      assert.deepEqual((await heard(next, 0)).heard, [
        [blobId(1), false],
        [blobId(2), false],
        [blobId(3), true],
      ])
      await next.commit([addsBlob(3)])
      assert.deepEqual((await heard(next, after.seq)).heard, [[blobId(3), false]])
      assert.equal((await heard(next, 0)).heard.length, 3)
      return next
    }),
    check('feed of blobs: in pages, with ever higher numbers, in the next life too', async (first, reopen) => {
      await first.commit([1, 2, 3].map((number) => addsBlob(number)))
      const page = await first.blobsSince(0, 2)
      assert.deepEqual(
        page.map(({ row }) => row.id),
        [blobId(1), blobId(2)],
      )
      const rest = await first.blobsSince(page[1]?.seq ?? 0, 2)
      assert.deepEqual(
        rest.map(({ row }) => row.id),
        [blobId(3)],
      )
      const { seq } = await heard(first, 0)
      await first.commit([{ type: 'remove-blob', id: blobId(3) }])
      const gone = await heard(first, seq)
      await first.commit([{ type: 'trim-gone', throughSeq: gone.seq }])
      assert.deepEqual((await heard(first, seq)).heard, [])
      const next = await reopen(first)
      await next.commit([addsBlob(4)])
      const last = await heard(next, 0)
      assert.ok(last.seq > gone.seq, 'a number that somebody has seen is not given again')
      assert.deepEqual(
        last.heard,
        [1, 2, 4].map((number) => [blobId(number), false]),
      )
      return next
    }),
    check('feed of blobs: only what went before is trimmed', async (catalogue) => {
      await catalogue.commit([addsBlob(1), addsBlob(2)])
      await catalogue.commit([{ type: 'remove-blob', id: blobId(1) }])
      const { seq } = await heard(catalogue, 0)
      await catalogue.commit([
        { type: 'remove-blob', id: blobId(2) },
        { type: 'trim-gone', throughSeq: seq },
      ])
      assert.deepEqual((await heard(catalogue, 0)).heard, [[blobId(2), true]])
    }),
  ]
}

/** As JavaScript sorts: by code units, in which U+1F600 is before U+FFFD. */
const sorted = [
  '',
  'a',
  'a/',
  'a/b',
  'a/é',
  'a/\u{1f600}',
  'a/\u{1f601}b',
  'a/\ufffd',
  'a0',
  'b',
  '\u{10ffff}',
  '\uffff',
]

function nameCases(check: Check): readonly ConformanceCase[] {
  return [
    check('names: one stands for the blob that it was given last', async (first, reopen) => {
      await first.commit([addsBlob(1), addsBlob(2), names('a', 1, 3)])
      await first.commit([names('a', 2, 4), names('b', 1)])
      const next = await reopen(first)
      assert.deepEqual(await next.name('a'), { name: 'a', blob: blobId(2), atMs: 4 })
      assert.equal(await next.name('A'), undefined)
      assert.deepEqual(await next.namesOf(blobId(1)), ['b'])
      await next.commit([
        { type: 'remove-name', name: 'a' },
        { type: 'remove-name', name: 'z' },
      ])
      assert.equal(await next.name('a'), undefined)
      assert.deepEqual(await next.blob(blobId(2)), blob(2))
      return next
    }),
    check('names: of a blob that is not here', async (catalogue) => {
      await catalogue.commit([addsBlob(1), names('a', 9), names('b', 1), names('c', 9)])
      assert.deepEqual(await catalogue.namesOf(blobId(9)), ['a', 'c'])
      assert.deepEqual(await catalogue.name('a'), { name: 'a', blob: blobId(9), atMs: 7 })
      const listed = await catalogue.names({ prefix: '', limit: 2 })
      assert.deepEqual(listed, [{ name: 'b', blob: blobId(1), atMs: 7, size: 1_001 }])
    }),
    check('names: sorted by code units, with a prefix, in pages', async (catalogue) => {
      assert.deepEqual(sorted, sorted.toSorted())
      await catalogue.commit([addsBlob(1), ...sorted.toReversed().map((name) => names(name, 1))])
      const listed = async (prefix: string, limit: number, after?: string): Promise<readonly string[]> => {
        const page = after === undefined ? { prefix, limit } : { prefix, limit, after }
        return (await catalogue.names(page)).map(({ name }) => name)
      }
      assert.deepEqual(await listed('', 100), sorted)
      assert.deepEqual(await catalogue.namesOf(blobId(1)), sorted)
      for (const prefix of ['', 'a', 'a/', 'a/\ud83d', 'b', 'c', '\uffff', '\u{10ffff}']) {
        const expected = sorted.filter((name) => name.startsWith(prefix))
        assert.deepEqual(await listed(prefix, 100), expected, JSON.stringify(prefix))
        for (const after of [...sorted, 'a/\u{1f600}a', 'zz']) {
          const rest = expected.filter((name) => name > after)
          assert.deepEqual(await listed(prefix, 3, after), rest.slice(0, 3), JSON.stringify([prefix, after]))
        }
      }
    }),
    check('names: each is found again as it was written', async (catalogue) => {
      const odd = ['\ufeffbom', 'nul\0', 'quote\'"', '%_', 'é', 'e\u0301', '\u{1f600}', 'x'.repeat(10_000)]
      await catalogue.commit([addsBlob(1), ...odd.map((name) => names(name, 1))])
      for (const name of odd) assert.equal((await catalogue.name(name))?.name, name)
      assert.deepEqual(await catalogue.namesOf(blobId(1)), odd.toSorted())
    }),
  ]
}

function pinCases(check: Check): readonly ConformanceCase[] {
  return [
    check('pins: there until they are removed', async (first, reopen) => {
      await first.commit([
        { type: 'add-pin', id: blobId(2) },
        { type: 'add-pin', id: blobId(1) },
      ])
      await first.commit([{ type: 'add-pin', id: blobId(1) }])
      assert.deepEqual(await first.pins(), [blobId(1), blobId(2)])
      await first.commit([
        { type: 'remove-pin', id: blobId(1) },
        { type: 'remove-pin', id: blobId(3) },
      ])
      const next = await reopen(first)
      assert.equal(await next.isPinned(blobId(1)), false)
      assert.equal(await next.isPinned(blobId(2)), true)
      assert.deepEqual(await next.pins(), [blobId(2)])
      return next
    }),
    check('partials: what was said last of each, until it is removed', async (first, reopen) => {
      const partial = { id: blobId(1), size: 5, depth: 1, root: chunkId(1), untilMs: 10 }
      await first.commit([{ type: 'set-partial', partial }])
      const later = { ...partial, untilMs: 20 }
      const other = { ...partial, id: blobId(2) }
      await first.commit([
        { type: 'set-partial', partial: later },
        { type: 'set-partial', partial: other },
      ])
      const next = await reopen(first)
      assert.deepEqual(await next.partials(), [later, other])
      await next.commit([
        { type: 'remove-partial', id: blobId(1) },
        { type: 'remove-partial', id: blobId(3) },
      ])
      assert.deepEqual(await next.partials(), [other])
      return next
    }),
  ]
}
