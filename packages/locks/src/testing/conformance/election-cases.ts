import assert from 'node:assert/strict'
import type { LockHolder, LockState } from '../../locks.ts'
import { conformanceLease, type LockCase, type LockHarness } from './harness.ts'
import { outcomeOf } from './outcome.ts'

export const electionCases: readonly LockCase[] = [
  {
    name: 'one leads, the next one follows when it resigns, and observers see both',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const seen = collect(cid.locks.election('head').observe())
      await until('nobody leads', () => seen.values.length > 0)
      const first = await ann.locks.election('head').campaign({ value: 'at ann' })
      const second = outcomeOf(bob.locks.election('head').campaign({ value: 'at bob' }))
      await until('the first is seen', () => seen.values.at(-1)?.value === 'at ann')
      await first.proclaim('at ann, still')
      await until('what it says is seen', () => seen.values.at(-1)?.value === 'at ann, still')
      assert.equal((await cid.locks.election('head').leader())?.token, first.token)
      assert.deepEqual([second.state, first.held], ['pending', true])
      await first.resign()
      await until('the second leads, and is seen', () => seen.values.at(-1)?.value === 'at bob')
      await settle()
      assert.ok((second.value?.token ?? 0) > first.token)
      await assert.rejects(first.proclaim('once more'), { code: 'released' })
      await second.value?.resign()
      await until('nobody leads', () => seen.values.at(-1) === undefined)
      await seen.stop()
    },
  },
  {
    name: 'a leader that is cut off learns of it before the next one leads',
    needs: 'cut',
    async run({ client, elapse, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const first = await ann.locks.election('head').campaign()
      const second = outcomeOf(
        bob.locks
          .election('head')
          .campaign()
          .then(() => first.signal.aborted && !first.held),
      )
      await settle()
      await ann.cut()
      const longestMs = 2 * (conformanceLease.ttlMs + conformanceLease.lockDelayMs)
      for (let passedMs = 0; passedMs < longestMs && second.state === 'pending'; passedMs += 50) await elapse(50)
      assert.equal(second.value, true)
    },
  },
  {
    name: 'a watch shows a key as it is and as it becomes, and ends by its signal',
    async run({ client, until, elapse }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const seen = collect<LockState>((signal) => bob.locks.watch('build', { signal }))
      await until('it is free', () => seen.values.at(-1)?.holding === 0)
      const lock = await ann.locks.acquire('build', { value: 'make' })
      await until('it is held', () => seen.values.at(-1)?.holders[0]?.value === 'make')
      assert.deepEqual(
        seen.values.at(-1)?.holders.map(({ name, mode, token }) => ({ name, mode, token })),
        [{ name: 'ann', mode: 'exclusive', token: lock.token }],
      )
      await lock.release()
      await until('it is free again', () => seen.values.at(-1)?.holding === 0)
      const count = seen.values.length
      await elapse(60_000)
      assert.equal(seen.values.length, count, 'nothing new is not told')
      await seen.stop()
    },
  },
  {
    name: 'all keys with a prefix can be watched and listed, page by page',
    async run({ client, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const seen = collect<readonly LockState[]>((signal) => bob.locks.watchAll('jobs/', { signal }))
      await until('there are none', () => seen.values.length > 0)
      for (const key of ['jobs/b', 'jobs/a', 'jobs/c', 'other']) await ann.locks.acquire(key)
      const keysOf = (states: readonly LockState[] | undefined): string => states?.map(({ key }) => key).join() ?? ''
      await until('all are seen', () => keysOf(seen.values.at(-1)) === 'jobs/a,jobs/b,jobs/c')
      assert.equal(keysOf(await bob.locks.list()), 'jobs/a,jobs/b,jobs/c,other')
      assert.equal(keysOf(await bob.locks.list({ prefix: 'jobs/', limit: 2 })), 'jobs/a,jobs/b')
      assert.equal(keysOf(await bob.locks.list({ prefix: 'jobs/', after: 'jobs/b' })), 'jobs/c')
      await seen.stop()
    },
  },
  {
    name: 'inspecting shows who holds and who waits, in order',
    async run({ client, settle }: LockHarness) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const lock = await ann.locks.acquire('build', { owner: 'task' })
      void bob.locks.acquire('build', { mode: 'shared' }).catch(() => undefined)
      await settle()
      void cid.locks.acquire('build').catch(() => undefined)
      await settle()
      const { holders, waiters, holding, waiting, token } = await bob.locks.inspect('build')
      assert.deepEqual([holding, waiting, token, holders[0]?.owner], [1, 2, lock.token, 'task'])
      assert.deepEqual(
        waiters.map(({ name, mode }) => `${name} ${mode}`),
        ['bob shared', 'cid exclusive'],
      )
    },
  },
]

/** Reads all that comes; the latest is what counts. */
function collect<Value = LockHolder | undefined>(
  source: AsyncIterable<Value> | ((signal: AbortSignal) => AsyncIterable<Value>),
): { readonly values: Value[]; readonly stop: () => Promise<void> } {
  const values: Value[] = []
  const stopped = new AbortController()
  const iterable = typeof source === 'function' ? source(stopped.signal) : source
  const reading = (async () => {
    for await (const value of iterable) {
      values.push(value)
      if (stopped.signal.aborted) return
    }
  })()
  reading.catch(() => undefined)
  return {
    values,
    async stop() {
      stopped.abort(new Error('enough'))
      if (typeof source === 'function') await reading
    },
  }
}
