import assert from 'node:assert/strict'
import type { PutProgress } from '../../blobs.ts'
import { assertHolds, content, refusalOf, stream, text } from './content.ts'
import type { BlobCase } from './harness.ts'

const sizes = [0, 1, 4_095, 65_537, 1_000_003]

export const puttingCases: readonly BlobCase[] = [
  {
    name: 'what was put is got again, whatever its size, as bytes and as a stream',
    async run({ store }) {
      for (const [index, size] of sizes.entries()) {
        const bytes = content(index, size)
        const put = await store.put(bytes)
        assert.equal(put.size, size)
        assert.match(put.id, /^[0-9a-f]{64}$/)
        await assertHolds(store, put.id, bytes)
        const streamed = content(100 + index, size)
        await assertHolds(store, (await store.put(stream(streamed, 10_007))).id, streamed)
      }
    },
  },
  {
    name: 'the same content has the same id, however it comes, and other content another one',
    async run({ store }) {
      const bytes = content(1, 300_000)
      const { id } = await store.put(bytes)
      assert.equal((await store.put(bytes.slice())).id, id)
      assert.equal((await store.put(stream(bytes, 999))).id, id)
      assert.equal((await store.put(stream(bytes, 200_000), { name: 'a' })).id, id)
      const other = bytes.slice()
      other[150_000] = (other[150_000] ?? 0) ^ 1
      assert.notEqual((await store.put(other)).id, id)
      assert.notEqual((await store.put(bytes.subarray(0, 299_999))).id, id)
      assert.equal((await store.listIds()).length, 3)
    },
  },
  {
    name: 'it says how many copies there are, and what was there already',
    async run({ store }) {
      const bytes = content(2, 200_000)
      const first = await store.put(bytes)
      assert.ok(first.copies >= 1, `${first.copies} copies`)
      assert.ok(first.bytesKnown <= first.size)
      const again = await store.put(bytes)
      assert.ok(again.bytesKnown >= first.bytesKnown && again.bytesKnown <= again.size)
    },
  },
  {
    name: 'progress only rises, and ends with all',
    async run({ store }) {
      const told: PutProgress[] = []
      await store.put(stream(content(3, 500_000), 50_000), { onProgress: (progress) => void told.push(progress) })
      assert.deepEqual(
        told,
        told.toSorted((one, other) => one.bytesRead - other.bytesRead),
      )
      assert.ok(told.length > 0 && told.every(({ bytesKnown, bytesRead }) => bytesKnown <= bytesRead))
      assert.equal(told.at(-1)?.bytesRead, 500_000)
    },
  },
  {
    name: 'a source that fails makes the put fail with its error, and nothing is there',
    async run({ store, collect }) {
      const broken = new Error('the source is broken')
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield* stream(content(4, 100_000), 10_000)
        throw broken
      }
      await assert.rejects(store.put(source(), { name: 'a' }), (error) => error === broken)
      assert.deepEqual([await store.list(), await store.listIds()], [[], []])
      await collect()
      await assertHolds(store, (await store.put(content(4, 100_000))).id, content(4, 100_000))
    },
  },
  {
    name: 'an aborted signal ends a put with its reason, before, during and while nothing comes',
    async run({ store }) {
      const reason = new Error('changed my mind')
      const aborted = AbortSignal.abort(reason)
      await assert.rejects(store.put(text('x'), { name: 'a', signal: aborted }), (error) => error === reason)
      const during = new AbortController()
      let isClosed = false
      const source = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield text('some')
          during.abort(reason)
          yield text('more')
        } finally {
          isClosed = true
        }
      }
      await assert.rejects(store.put(source(), { name: 'a', signal: during.signal }), (error) => error === reason)
      assert.equal(isClosed, true)
      const hanging = new AbortController()
      const never = async function* (): AsyncGenerator<Uint8Array> {
        yield text('some')
        queueMicrotask(() => hanging.abort(reason))
        await new Promise(() => {})
      }
      await assert.rejects(store.put(never(), { name: 'a', signal: hanging.signal }), (error) => error === reason)
      assert.deepEqual(await store.list(), [])
    },
  },
  {
    name: 'the bytes are the caller’s again when it has resolved',
    async run({ store }) {
      const bytes = content(5, 70_000)
      const given = bytes.slice()
      const { id } = await store.put(given)
      given.fill(0)
      await assertHolds(store, id, bytes)
    },
  },
  {
    name: 'what cannot be put is refused',
    async run({ store }) {
      const refused = [
        store.put('text' as never),
        store.put(undefined as never),
        store.put(text('x'), { copies: 0 }),
        store.put(text('x'), { copies: 1.5 }),
      ]
      for (const refusal of await Promise.all(refused.map(refusalOf))) assert.equal(refusal, 'wrong-request')
      const odd = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve('text' as never)
      }
      assert.notEqual(await refusalOf(store.put(odd(), { name: 'a' })), 'nothing')
      assert.deepEqual(await store.listIds(), [])
    },
  },
  {
    name: 'more copies than there are nodes are refused, or made',
    async run({ store }) {
      const refusal = await refusalOf(store.put(text('x'), { copies: 1_000_000 }))
      assert.equal(refusal, 'too-few-copies')
      assert.ok((await store.put(text('x'), { copies: 'all' })).copies >= 1)
    },
  },
  {
    name: 'a large blob goes in and out as streams',
    needs: 'large-blobs',
    async run({ store }) {
      const bytes = content(6, 24 * 2 ** 20)
      const { id } = await store.put(stream(bytes, 2 ** 20), { name: 'large' })
      await assertHolds(store, id, bytes)
    },
  },
]
