import assert from 'node:assert/strict'
import { assertHolds, assertSame, content, missingId, read, readAll, refusalOf, text } from './content.ts'
import type { BlobCase } from './harness.ts'

const size = 300_007

export const gettingCases: readonly BlobCase[] = [
  {
    name: 'what is not there is not found, and what is no name or id is refused',
    async run({ store }) {
      assert.equal(await refusalOf(store.get(missingId)), 'not-found')
      assert.equal(await refusalOf(store.get('nothing')), 'not-found')
      assert.equal(await store.stat(missingId), undefined)
      assert.equal(await store.stat('nothing'), undefined)
      for (const ref of ['', 'a\u0000b', missingId.toUpperCase()]) {
        assert.equal(await refusalOf(store.get(ref)), 'wrong-request')
        assert.equal(await refusalOf(store.stat(ref)), 'wrong-request')
      }
    },
  },
  {
    name: 'content says what it is',
    async run({ store }) {
      const { id } = await store.put(content(1, size), { name: 'a' })
      const whole = await store.get('a')
      assert.deepEqual([whole.id, whole.size, whole.range], [id, size, { start: 0, length: size }])
      const part = await store.get(id, { range: { start: 10, length: 20 } })
      assert.deepEqual([part.id, part.size, part.range], [id, size, { start: 10, length: 20 }])
      await Promise.all([readAll(whole), readAll(part)])
    },
  },
  {
    name: 'ranges are exactly these bytes',
    async run({ store }) {
      const bytes = content(1, size)
      const { id } = await store.put(bytes)
      const edges = [0, 1, 65_535, 65_536, 150_000, size - 1, size]
      for (const start of edges) {
        for (const end of edges.filter((edge) => edge >= start)) {
          const range = { start, length: end - start }
          assertSame(await read(store, id, { range }), bytes.subarray(start, end), `${start} to ${end}`)
        }
      }
    },
  },
  {
    name: 'a range beyond the end, or none at all, is refused',
    async run({ store }) {
      const { id } = await store.put(text('12345'))
      const wrong = [
        [0, 6],
        [5, 1],
        [6, 0],
        [-1, 2],
        [0, -1],
        [0.5, 1],
        [0, Number.NaN],
        [0, Infinity],
        [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      ]
      for (const [start = 0, length = 0] of wrong) {
        assert.equal(
          await refusalOf(store.get(id, { range: { start, length } })),
          'wrong-request',
          `${start}+${length}`,
        )
      }
      assertSame(await read(store, id, { range: { start: 5, length: 0 } }), text(''), 'nothing at the end')
    },
  },
  {
    name: 'content may be iterated once, and be left before its end',
    async run({ store }) {
      const bytes = content(2, size)
      const { id } = await store.put(bytes)
      const got = await store.get(id)
      await readAll(got)
      await assert.rejects(readAll(got))
      for await (const piece of await store.get(id)) {
        assert.ok(piece.length > 0)
        break
      }
      await assertHolds(store, id, bytes)
    },
  },
  {
    name: 'many read at once',
    async run({ store }) {
      const blobs = [3, 4, 5, 6].map((seed) => content(seed, size))
      const ids = await Promise.all(blobs.map(async (bytes) => (await store.put(bytes)).id))
      const readers = [...ids, ...ids, ...ids].map((id, index) => ({ id, bytes: blobs[index % 4] ?? text('') }))
      await Promise.all(readers.map(({ id, bytes }) => assertHolds(store, id, bytes)))
    },
  },
  {
    name: 'an aborted signal ends a get with its reason, before it begins and while it reads',
    async run({ store }) {
      const { id } = await store.put(content(7, size))
      const reason = new Error('changed my mind')
      await assert.rejects(store.get(id, { signal: AbortSignal.abort(reason) }), (error) => error === reason)
      const stop = new AbortController()
      const reading = async (): Promise<void> => {
        for await (const _ of await store.get(id, { signal: stop.signal })) stop.abort(reason)
      }
      // What was read already may be given; what is small enough has been given by then.
      assert.ok(['nothing', String(reason)].includes(await refusalOf(reading())))
      await assertHolds(store, id, content(7, size))
    },
  },
  {
    name: 'whoever reads is not cut off when the blob is deleted and collected',
    async run({ store, collect }) {
      const bytes = content(8, size)
      const { id } = await store.put(bytes)
      const got = await store.get(id)
      await store.delete(id)
      await collect()
      assertSame(await readAll(got), bytes, 'what was got before')
      assert.equal(await refusalOf(store.get(id)), 'not-found')
    },
  },
]
