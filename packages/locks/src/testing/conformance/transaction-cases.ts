import assert from 'node:assert/strict'
import { conformanceLease, type LockCase } from './harness.ts'
import { outcomeOf } from './outcome.ts'

export const transactionCases: readonly LockCase[] = [
  {
    name: 'a transaction gives what its work gives, and releases all at once',
    async run({ client, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      let signal: AbortSignal | undefined
      const result = await ann.locks.transaction(async (tx) => {
        signal = tx.signal
        const [a, b] = [await tx.acquire('a'), await tx.acquire('b', { mode: 'shared' })]
        assert.deepEqual([a.held, b.mode, (await tx.acquire('a')).token], [true, 'shared', a.token])
        assert.equal(await bob.locks.tryAcquire('a'), undefined)
        assert.equal((await bob.locks.tryAcquire('b', { mode: 'shared' }))?.held, true)
        return 'done'
      })
      assert.deepEqual([result, signal?.aborted], ['done', true])
      await settle()
      assert.equal((await bob.locks.tryAcquire('a'))?.held, true)
    },
  },
  {
    name: 'it releases all when its work fails, and fails like it',
    async run({ client }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const failure = new Error('the work failed')
      const failing = ann.locks.transaction(async (tx) => {
        await tx.acquire('a')
        throw failure
      })
      await assert.rejects(failing, failure)
      assert.equal((await bob.locks.tryAcquire('a'))?.held, true)
    },
  },
  {
    name: 'a shared lock of a transaction can become exclusive',
    async run({ client }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      await ann.locks.transaction(async (tx) => {
        const shared = await tx.acquire('a', { mode: 'shared' })
        const exclusive = await tx.acquire('a')
        assert.deepEqual([shared.mode, exclusive.mode], ['shared', 'exclusive'])
        assert.equal(await bob.locks.tryAcquire('a', { mode: 'shared' }), undefined)
      })
      assert.equal((await bob.locks.tryAcquire('a'))?.held, true)
    },
  },
  {
    name: 'of two that wait for each other the younger one is told, with the ring, and the other one goes on',
    async run({ client, until, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const both = Promise.withResolvers<void>()
      const older = outcomeOf(
        ann.locks.transaction(async (tx) => {
          await tx.acquire('a')
          await both.promise
          return (await tx.acquire('b')).held
        }),
      )
      await settle()
      let hasLetGo = false
      const younger = outcomeOf(
        bob.locks.transaction(async (tx) => {
          await tx.acquire('b')
          both.resolve()
          await settle()
          try {
            await tx.acquire('a')
          } finally {
            hasLetGo = tx.signal.aborted
          }
        }),
      )
      await until('both have ended', () => older.state !== 'pending' && younger.state !== 'pending')
      assert.deepEqual([older.state, older.value], ['resolved', true])
      assert.deepEqual([younger.code, hasLetGo], ['deadlock', true])
      const { message } = younger.error as Error
      for (const part of ['ann', 'bob', 'a', 'b']) assert.ok(message.includes(part), `${message} names ${part}`)
      const [report] = (await ann.locks.deadlocks()).deadlocks
      assert.deepEqual([report?.victim.name, report?.cycle.length], ['bob', 2])
    },
  },
  {
    name: 'who had to give way begins anew if told so, and all are served in the end',
    async run({ client, until }) {
      const clients = [await client('ann'), await client('bob'), await client('cid')]
      const keys = ['a', 'b', 'c']
      const done: number[] = []
      for (const [place, { locks }] of clients.entries()) {
        const work = locks.transaction(
          async (tx) => {
            for (const step of [0, 1, 2]) await tx.acquire(keys[(place + step) % 3] ?? 'a')
          },
          { retries: 20 },
        )
        void work.then(() => done.push(place))
      }
      await until('all are served', () => done.length === 3)
    },
  },
  {
    name: 'there is no deadlock where nobody waits in a ring',
    async run({ client, settle, until }) {
      const clients = [await client('ann'), await client('bob'), await client('cid')]
      const held = await clients[0]?.locks.acquire('a')
      const works = clients.map(({ locks }) =>
        outcomeOf(
          locks.transaction(async (tx) => {
            for (const key of ['a', 'b', 'c']) await tx.acquire(key)
          }),
        ),
      )
      await settle()
      await held?.release()
      await until('all are served', () => works.every(({ state }) => state === 'resolved'))
    },
  },
  {
    name: 'it can be given up while it waits',
    async run({ client, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      await ann.locks.acquire('b')
      const cancel = new AbortController()
      const work = outcomeOf(
        bob.locks.transaction(
          async (tx) => {
            await tx.acquire('a')
            await tx.acquire('b')
          },
          { signal: cancel.signal },
        ),
      )
      await settle()
      cancel.abort(new Error('changed my mind'))
      await until('it is told', () => work.state === 'rejected')
      assert.equal((work.error as Error).message, 'changed my mind')
      await settle()
      assert.equal((await ann.locks.tryAcquire('a'))?.held, true)
      assert.equal((await ann.locks.inspect('b')).waiting, 0)
    },
  },
  {
    name: 'work that was done without the lock is no success',
    needs: 'cut',
    async run({ client, elapse, until }) {
      const ann = await client('ann')
      const work = outcomeOf(
        ann.locks.transaction(async (tx) => {
          await tx.acquire('a')
          await ann.cut()
          await elapse(2 * conformanceLease.ttlMs)
          return tx.signal.aborted
        }),
      )
      await until('it is told', () => work.state !== 'pending')
      assert.deepEqual([work.state, work.code], ['rejected', 'session-expired'])
    },
  },
]
