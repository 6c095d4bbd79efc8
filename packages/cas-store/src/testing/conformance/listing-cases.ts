import assert from 'node:assert/strict'
import type { BlobStore } from '../../blobs.ts'
import { content, missingId, refusalOf, text } from './content.ts'
import type { BlobCase } from './harness.ts'

/** By code units and by code points alike. */
const sorted = ['A', 'B', 'a', 'a/1', 'a/10', 'a/2', 'a0', 'b', 'é', '\u{1f600}']

export const listingCases: readonly BlobCase[] = [
  {
    name: 'an empty store lists nothing',
    async run({ store }) {
      assert.deepEqual([await store.list(), await store.listIds()], [[], []])
    },
  },
  {
    name: 'names are sorted and say what they stand for',
    async run({ store }) {
      await putNamed(store, sorted.toReversed())
      const listed = await store.list()
      assert.deepEqual(
        listed.map(({ name }) => name),
        sorted,
      )
      for (const { name, id, size, putAtMs } of listed) {
        const stat = await store.stat(name)
        assert.deepEqual([id, size], [stat?.id, stat?.size])
        assert.ok(Number.isSafeInteger(putAtMs))
      }
    },
  },
  {
    name: 'a prefix, a beginning and a limit cut the list',
    async run({ store }) {
      await putNamed(store, sorted)
      const namesOf = async (options: Parameters<BlobStore['list']>[0]): Promise<readonly string[]> =>
        (await store.list(options)).map(({ name }) => name)
      assert.deepEqual(await namesOf({ prefix: 'a/' }), ['a/1', 'a/10', 'a/2'])
      assert.deepEqual(await namesOf({ prefix: 'a/', after: 'a/1' }), ['a/10', 'a/2'])
      assert.deepEqual(await namesOf({ prefix: 'a', limit: 2 }), ['a', 'a/1'])
      assert.deepEqual(await namesOf({ after: 'a/15' }), ['a/2', 'a0', 'b', 'é', '\u{1f600}'])
      assert.deepEqual(await namesOf({ after: 'é' }), ['\u{1f600}'])
      assert.deepEqual(await namesOf({ prefix: '\u{1f600}' }), ['\u{1f600}'])
      assert.deepEqual(await namesOf({ prefix: 'zzz' }), [])
      assert.deepEqual(await namesOf({ after: '\u{1f600}' }), [])
    },
  },
  {
    name: 'page by page everything is listed once',
    async run({ store }) {
      const names = Array.from({ length: 25 }, (_, index) => `n${String(index).padStart(3, '0')}`)
      await putNamed(store, names)
      const paged = await allPages(
        (page) => store.list(page),
        ({ name }) => name,
      )
      assert.deepEqual(paged, names)
      const ids = await allPages(
        (page) => store.listIds(page),
        ({ id }) => id,
      )
      assert.equal(new Set(ids).size, 25)
      assert.deepEqual(ids, ids.toSorted())
    },
  },
  {
    name: 'blobs are listed with or without names',
    async run({ store }) {
      const named = await store.put(text('named'), { name: 'a' })
      await store.name('b', 'a')
      const bare = await store.put(text('bare'))
      await store.pin(bare.id)
      const listed = await store.listIds()
      const stats = await Promise.all(listed.map(({ id }) => store.stat(id)))
      assert.deepEqual(listed, stats)
      assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set([named.id, bare.id]))
    },
  },
  {
    name: 'a limit that is none is refused',
    async run({ store }) {
      for (const limit of [0, -1, 1.5, Number.NaN]) {
        assert.equal(await refusalOf(store.list({ limit })), 'wrong-request')
        assert.equal(await refusalOf(store.listIds({ limit })), 'wrong-request')
      }
      assert.equal(await refusalOf(store.listIds({ after: 'no id' })), 'wrong-request')
      assert.deepEqual(await store.listIds({ after: missingId }), [])
    },
  },
]

async function putNamed(store: BlobStore, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) await store.put(content(index, 20 + index), { name })
}

async function allPages<Row>(
  list: (page: { readonly limit: number; readonly after?: string }) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): Promise<readonly string[]> {
  const keys: string[] = []
  for (let pages = 0; pages < 10; pages++) {
    const after = keys.at(-1)
    const page = await list(after === undefined ? { limit: 7 } : { limit: 7, after })
    if (page.length === 0) return keys
    assert.ok(page.length <= 7, `${page.length} where 7 were asked for`)
    keys.push(...page.map(keyOf))
  }
  throw new assert.AssertionError({ message: 'the pages do not end' })
}
