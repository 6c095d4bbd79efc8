import assert from 'node:assert/strict'
import { assertHolds, content, missingId, only, refusalOf, text } from './content.ts'
import type { BlobCase } from './harness.ts'

const oddNames = ['a', ' ', '.', '..', '/', 'a/b', '%', '_', '"', "'; --", 'é', '日本', '\u{1f600}', 'A'.repeat(1_024)]

export const namingCases: readonly BlobCase[] = [
  {
    name: 'a name stands for a blob, and an id does as well',
    async run({ store }) {
      const { id } = await store.put(text('hello'), { name: 'greeting' })
      await assertHolds(store, 'greeting', text('hello'))
      const stat = await store.stat('greeting')
      assert.deepEqual([stat?.id, stat?.size, stat?.names, stat?.pinned], [id, 5, ['greeting'], false])
      assert.ok(Number.isSafeInteger(stat?.putAtMs))
      assert.deepEqual(await store.stat(id), stat)
    },
  },
  {
    name: 'a name stands for what it was given last, and what it stood for before stays',
    async run({ store }) {
      const first = await store.put(text('one'), { name: 'a' })
      const second = await store.put(text('two'), { name: 'a' })
      await assertHolds(store, 'a', text('two'))
      await assertHolds(store, first.id, text('one'))
      assert.deepEqual((await store.stat(first.id))?.names, [])
      await store.name('a', first.id)
      await assertHolds(store, 'a', text('one'))
      assert.deepEqual((await store.stat(second.id))?.names, [])
    },
  },
  {
    name: 'a blob may have several names, sorted',
    async run({ store }) {
      const { id } = await store.put(text('x'), { name: 'b' })
      await store.name('c', 'b')
      await store.name('a', id)
      assert.deepEqual((await store.stat(id))?.names, ['a', 'b', 'c'])
    },
  },
  {
    name: 'names are taken as they are',
    async run({ store }) {
      for (const [index, name] of oddNames.entries()) await store.put(content(index, 50), { name })
      for (const [index, name] of oddNames.entries()) await assertHolds(store, name, content(index, 50))
      assert.equal((await store.list()).length, oddNames.length)
      assert.equal(only(await store.list({ prefix: '%' })).name, '%')
      assert.equal(only(await store.list({ prefix: '_' })).name, '_')
    },
  },
  {
    name: 'what is no name is refused, and nothing is done',
    async run({ store }) {
      const { id } = await store.put(text('x'))
      const wrong = [
        '',
        'a\nb',
        '\u0000',
        '\u007f',
        'x'.repeat(1_025),
        'é'.repeat(513),
        '\ud800',
        missingId,
        missingId.toUpperCase(),
      ]
      for (const name of wrong) {
        assert.equal(await refusalOf(store.put(text('y'), { name })), 'wrong-request')
        assert.equal(await refusalOf(store.name(name, id)), 'wrong-request')
        assert.equal(await refusalOf(store.unname(name)), 'wrong-request')
      }
      assert.equal((await store.listIds()).length, 1)
    },
  },
  {
    name: 'unname forgets the name and not the blob',
    async run({ store }) {
      const { id } = await store.put(text('x'), { name: 'a' })
      assert.equal(await store.unname('a'), true)
      assert.equal(await store.unname('a'), false)
      assert.equal(await refusalOf(store.get('a')), 'not-found')
      await assertHolds(store, id, text('x'))
    },
  },
  {
    name: 'what is not there gets no name',
    async run({ store }) {
      assert.equal(await refusalOf(store.name('a', missingId)), 'not-found')
      assert.equal(await refusalOf(store.name('a', 'b')), 'not-found')
      assert.equal(await store.stat('a'), undefined)
    },
  },
]
