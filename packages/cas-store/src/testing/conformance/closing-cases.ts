import assert from 'node:assert/strict'
import { assertHolds, content, only, refusalOf, stream, text } from './content.ts'
import type { BlobCase } from './harness.ts'

export const closingCases: readonly BlobCase[] = [
  {
    name: 'what was acknowledged is there after a restart, and what was deleted is not',
    needs: 'reopen',
    async run({ store, reopen }) {
      const kept = await store.put(content(1, 200_000), { name: 'a' })
      const bare = await store.put(stream(content(2, 100_000), 9_999))
      const gone = await store.put(content(3, 100_000), { name: 'b' })
      await store.pin(kept.id)
      await store.name('c', kept.id)
      await store.delete(gone.id)
      const before = await store.stat(kept.id)
      const again = await reopen()
      assert.deepEqual(await again.stat('a'), before)
      assert.deepEqual(before?.names, ['a', 'c'])
      await assertHolds(again, 'c', content(1, 200_000))
      await assertHolds(again, bare.id, content(2, 100_000))
      assert.equal(await refusalOf(again.get(gone.id)), 'not-found')
      assert.equal(await refusalOf(again.delete('a')), 'pinned')
      assert.equal((await again.put(content(1, 200_000))).id, kept.id)
    },
  },
  {
    name: 'after a restart it goes on as before',
    needs: 'reopen',
    async run({ store, reopen, collect }) {
      await store.put(text('one'), { name: 'a' })
      const second = await reopen()
      await second.put(text('two'), { name: 'b' })
      await second.delete('a')
      const third = await reopen()
      await collect()
      assert.equal(only(await third.list()).name, 'b')
      await assertHolds(third, 'b', text('two'))
    },
  },
  {
    name: 'a closed store says so, and closing twice is as good as once',
    async run({ store }) {
      const { id } = await store.put(text('x'), { name: 'a' })
      await store[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      const refused = [
        store.put(text('y')),
        store.get(id),
        store.stat(id),
        store.list(),
        store.listIds(),
        store.name('b', id),
        store.unname('a'),
        store.delete(id),
        store.pin(id),
        store.unpin(id),
      ]
      for (const refusal of await Promise.all(refused.map(refusalOf))) assert.equal(refusal, 'closed')
    },
  },
  {
    name: 'closing ends a put that waits for its source',
    async run({ store }) {
      let ask = (): void => {}
      const asked = new Promise<void>((resolve) => (ask = resolve))
      const never = async function* (): AsyncGenerator<Uint8Array> {
        yield text('some')
        ask()
        await new Promise(() => {})
      }
      const putting = refusalOf(store.put(never()))
      await asked
      await store[Symbol.asyncDispose]()
      assert.equal(await putting, 'closed')
    },
  },
]
