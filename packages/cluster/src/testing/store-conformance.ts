import assert from 'node:assert/strict'
import type { ConformanceCase } from '@flotilla/core/testing'
import type { ClusterStore } from '../ports.ts'

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ClusterStore
  /** The same records, as a process finds them that starts anew. */
  readonly reopen: () => Promise<ClusterStore>
}

/** What every `ClusterStore` passes. `make` gives a new empty one each time. */
export function clusterStoreConformance(make: () => Promise<StoreUnderTest>): readonly ConformanceCase[] {
  const bytes = (seed: number, length: number): Uint8Array => new Uint8Array(length).fill(seed)
  const on = (name: string, run: (under: StoreUnderTest) => Promise<void>): ConformanceCase => ({
    name,
    run: async () => {
      await using under = await make()
      await run(under)
    },
  })
  return [
    on('what was never saved is not there', async ({ store }) => {
      assert.equal(await store.load('authority'), undefined)
    }),
    on('what was saved is there, after a restart too', async ({ store, reopen }) => {
      await store.save('authority', bytes(1, 100))
      assert.deepEqual(await store.load('authority'), bytes(1, 100))
      assert.deepEqual(await (await reopen()).load('authority'), bytes(1, 100))
    }),
    on('a later save replaces an earlier one, longer or shorter', async ({ store, reopen }) => {
      for (const length of [10, 100_000, 0, 1]) {
        await store.save('member', bytes(length % 256, length))
        assert.deepEqual(await (await reopen()).load('member'), bytes(length % 256, length))
      }
    }),
    on('records do not touch each other', async ({ store }) => {
      await store.save('member', bytes(1, 3))
      await store.save('revocations', bytes(2, 3))
      await store.remove('member')
      assert.equal(await store.load('member'), undefined)
      assert.deepEqual(await store.load('revocations'), bytes(2, 3))
    }),
    on('what was removed is not there, and may be removed again', async ({ store, reopen }) => {
      await store.save('invitations', bytes(1, 3))
      await store.remove('invitations')
      await store.remove('invitations')
      assert.equal(await (await reopen()).load('invitations'), undefined)
    }),
    on('loaded bytes are the reader’s own, and saved ones the caller’s', async ({ store }) => {
      const saved = bytes(1, 3)
      await store.save('member', saved)
      saved.fill(9)
      ;(await store.load('member'))?.fill(9)
      assert.deepEqual(await store.load('member'), bytes(1, 3))
    }),
    on('of saves that overlap, one is kept whole', async ({ store, reopen }) => {
      await Promise.all([1, 2, 3, 4].map((seed) => store.save('member', bytes(seed, 10_000 * seed))))
      const kept = await (await reopen()).load('member')
      const seed = kept?.[0] ?? 0
      assert.deepEqual(kept, bytes(seed, 10_000 * seed))
    }),
  ]
}
