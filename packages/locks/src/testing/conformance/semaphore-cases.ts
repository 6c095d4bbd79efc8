import assert from 'node:assert/strict'
import type { LockCase } from './harness.ts'
import { outcomeOf, refusalOf } from './outcome.ts'

export const semaphoreCases: readonly LockCase[] = [
  {
    name: 'a semaphore gives as many permits as it has',
    async run({ client, settle, until }) {
      const pools = [await client('ann'), await client('bob')].map(({ locks }) =>
        locks.semaphore('pool', { capacity: 3 }),
      )
      const [ann, bob] = pools as [(typeof pools)[0], (typeof pools)[0]]
      const two = await ann.acquire({ permits: 2 })
      const one = await bob.acquire()
      assert.deepEqual([two.permits, one.permits, two.held, one.held], [2, 1, true, true])
      assert.equal(await bob.tryAcquire(), undefined)
      const waiting = outcomeOf(bob.acquire({ permits: 2 }))
      await settle()
      await one.release()
      await settle()
      assert.equal(waiting.state, 'pending')
      await two.release()
      await until('it has two', () => waiting.state === 'resolved')
    },
  },
  {
    name: 'one who asks for many is not overtaken by those who ask for few',
    async run({ client, settle, until }) {
      const { locks } = await client('ann')
      const pool = locks.semaphore('pool', { capacity: 2 })
      const held = await pool.acquire()
      const many = outcomeOf(pool.acquire({ permits: 2 }))
      await settle()
      const few = outcomeOf(pool.acquire())
      await settle()
      assert.deepEqual([many.state, few.state], ['pending', 'pending'])
      await held.release()
      await until('many are granted', () => many.state === 'resolved')
      await settle()
      assert.equal(few.state, 'pending')
    },
  },
  {
    name: 'what can never be granted is refused, and so is another capacity and another use of the key',
    async run({ client }) {
      const { locks } = await client('ann')
      const pool = locks.semaphore('pool', { capacity: 2 })
      assert.equal(await refusalOf(pool.acquire({ permits: 3 })), 'wrong-request')
      assert.equal(await refusalOf(pool.acquire({ permits: 0 })), 'wrong-request')
      assert.throws(() => locks.semaphore('pool', { capacity: 0 }), { code: 'wrong-request' })
      const permit = await pool.acquire()
      assert.equal(await refusalOf(locks.semaphore('pool', { capacity: 5 }).acquire()), 'wrong-kind')
      assert.equal(await refusalOf(locks.acquire('pool')), 'wrong-kind')
      await permit.release()
      assert.equal((await locks.semaphore('pool', { capacity: 5 }).acquire({ permits: 5 })).held, true)
    },
  },
  {
    name: 'permits that are given up while waiting are not lost',
    async run({ client, settle, until }) {
      const { locks } = await client('ann')
      const pool = locks.semaphore('pool', { capacity: 1 })
      const held = await pool.acquire()
      const cancel = new AbortController()
      const given = outcomeOf(pool.acquire({ signal: cancel.signal }))
      await settle()
      const next = outcomeOf(pool.acquire())
      await settle()
      cancel.abort(new Error('changed my mind'))
      await held.release()
      await until('the next one has it', () => next.state === 'resolved')
      assert.equal(given.state, 'rejected')
    },
  },
]
