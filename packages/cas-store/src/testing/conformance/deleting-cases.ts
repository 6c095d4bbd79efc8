import assert from 'node:assert/strict'
import { assertHolds, content, missingId, only, refusalOf, text } from './content.ts'
import type { BlobCase } from './harness.ts'

export const deletingCases: readonly BlobCase[] = [
  {
    name: 'a deleted blob is gone, and every name of it',
    async run({ store, collect }) {
      const { id } = await store.put(text('x'), { name: 'a' })
      await store.name('b', 'a')
      const other = await store.put(text('y'), { name: 'c' })
      assert.equal(await store.delete('a'), true)
      for (const ref of [id, 'a', 'b']) assert.equal(await refusalOf(store.get(ref)), 'not-found')
      assert.equal(only(await store.listIds()).id, other.id)
      assert.equal(only(await store.list()).name, 'c')
      assert.equal(await store.delete(id), false)
      assert.equal(await store.delete('a'), false)
      await collect()
      await assertHolds(store, 'c', text('y'))
    },
  },
  {
    name: 'deleting one of two that share most of their content leaves the other whole',
    async run({ store, collect }) {
      const bytes = content(1, 400_000)
      const other = bytes.slice()
      other.set(text('changed'), 200_000)
      const one = await store.put(bytes)
      const two = await store.put(other)
      await store.delete(one.id)
      await collect()
      await assertHolds(store, two.id, other)
    },
  },
  {
    name: 'what was deleted can be put again',
    async run({ store, collect }) {
      const bytes = content(2, 100_000)
      const { id } = await store.put(bytes, { name: 'a' })
      await store.delete(id)
      assert.equal((await store.put(bytes)).id, id)
      await collect()
      await assertHolds(store, id, bytes)
      await store.delete(id)
      await collect()
      assert.equal((await store.put(bytes)).id, id)
      await assertHolds(store, id, bytes)
      assert.deepEqual((await store.stat(id))?.names, [])
    },
  },
  {
    name: 'a pinned blob is not deleted before it is unpinned',
    async run({ store, collect }) {
      const { id } = await store.put(text('x'), { name: 'a' })
      await store.pin('a')
      await store.pin(id)
      assert.equal((await store.stat('a'))?.pinned, true)
      assert.equal(await refusalOf(store.delete('a')), 'pinned')
      assert.equal(await refusalOf(store.delete(id)), 'pinned')
      await store.unname('a')
      await collect()
      await assertHolds(store, id, text('x'))
      await store.unpin(id)
      await store.unpin(id)
      assert.equal((await store.stat(id))?.pinned, false)
      assert.equal(await store.delete(id), true)
    },
  },
  {
    name: 'a pin goes with its blob',
    async run({ store }) {
      const { id } = await store.put(text('x'))
      await store.pin(id)
      await store.unpin(id)
      await store.delete(id)
      await store.put(text('x'))
      assert.equal((await store.stat(id))?.pinned, false)
      assert.equal(await store.delete(id), true)
    },
  },
  {
    name: 'what is not there can be neither pinned nor unpinned',
    async run({ store }) {
      for (const ref of [missingId, 'a']) {
        assert.equal(await refusalOf(store.pin(ref)), 'not-found')
        assert.equal(await refusalOf(store.unpin(ref)), 'not-found')
        assert.equal(await store.delete(ref), false)
      }
      assert.equal(await refusalOf(store.delete('')), 'wrong-request')
    },
  },
  {
    name: 'a collection takes nothing that is needed, with or without a name',
    async run({ store, collect }) {
      const bare = await store.put(content(3, 150_000))
      await store.put(content(4, 150_000), { name: 'a' })
      await store.put(content(5, 150_000), { name: 'b' })
      await store.unname('b')
      await collect()
      await collect()
      await assertHolds(store, bare.id, content(3, 150_000))
      await assertHolds(store, 'a', content(4, 150_000))
      assert.equal((await store.listIds()).length, 3)
      for (const { id, size } of await store.listIds()) assert.equal((await store.stat(id))?.size, size)
    },
  },
]
