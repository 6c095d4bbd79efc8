import assert from 'node:assert/strict'
import { assertHolds, content, refusalOf, stream, text } from './content.ts'
import type { BlobCase } from './harness.ts'

export const racingCases: readonly BlobCase[] = [
  {
    name: 'the same content put many times at once is one blob',
    async run({ store }) {
      const bytes = content(1, 200_000)
      const puts = await Promise.all([1, 2, 3, 4, 5].map((piece) => store.put(stream(bytes, piece * 7_001))))
      assert.equal(new Set(puts.map(({ id }) => id)).size, 1)
      assert.equal((await store.listIds()).length, 1)
      await assertHolds(store, puts[0]?.id ?? '', bytes)
    },
  },
  {
    name: 'of puts of one name at once, the one acknowledged last wins',
    async run({ store }) {
      const acknowledged: string[] = []
      const puts = [1, 2, 3, 4, 5].map(async (seed) => {
        const { id } = await store.put(content(seed, 1_000), { name: 'a' })
        acknowledged.push(id)
      })
      await Promise.all(puts)
      assert.equal((await store.stat('a'))?.id, acknowledged.at(-1))
      assert.equal((await store.listIds()).length, 5)
    },
  },
  {
    name: 'puts beside collections lose nothing',
    async run({ store, collect }) {
      const kept = await store.put(content(9, 100_000))
      const puts = [10, 11, 12].map((seed) => store.put(stream(content(seed, 100_000), 9_001)))
      const again = store.put(stream(content(9, 100_000), 5_003))
      const [, , , ...ids] = await Promise.all([collect(), collect(), again, ...puts])
      await collect()
      await assertHolds(store, kept.id, content(9, 100_000))
      for (const [index, { id }] of ids.entries()) await assertHolds(store, id, content(10 + index, 100_000))
    },
  },
  {
    name: 'of a put and a delete of the same content at once, both are right, one after the other',
    async run({ store, collect }) {
      const bytes = content(20, 100_000)
      const { id } = await store.put(bytes)
      const [, deleted] = await Promise.all([store.put(stream(bytes, 10_000)), store.delete(id), collect()])
      assert.equal(deleted, true)
      if ((await store.stat(id)) === undefined) assert.equal(await refusalOf(store.get(id)), 'not-found')
      else await assertHolds(store, id, bytes)
    },
  },
  {
    name: 'a delete at once with a pin: either it is pinned, or it is gone',
    async run({ store }) {
      for (let round = 0; round < 10; round++) {
        const { id } = await store.put(text(`round ${round}`))
        const [pinned, deleted] = await Promise.all([refusalOf(store.pin(id)), refusalOf(store.delete(id))])
        const stat = await store.stat(id)
        if (pinned === 'nothing' && deleted === 'pinned') assert.equal(stat?.pinned, true)
        else assert.deepEqual([stat, pinned, deleted], [undefined, 'not-found', 'nothing'])
      }
    },
  },
  {
    name: 'a delete at once with a name: either it has the name, or neither is there',
    async run({ store }) {
      for (let round = 0; round < 10; round++) {
        const { id } = await store.put(text(`round ${round}`))
        await Promise.all([refusalOf(store.name('a', id)), store.delete(id)])
        assert.deepEqual(await store.list(), [])
        assert.equal(await store.stat('a'), undefined)
      }
    },
  },
]
