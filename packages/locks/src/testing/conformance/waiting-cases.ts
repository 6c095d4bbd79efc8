import assert from 'node:assert/strict'
import type { LockCase } from './harness.ts'
import { outcomeOf } from './outcome.ts'

export const waitingCases: readonly LockCase[] = [
  {
    name: 'whoever waits for too long is told, and is not served later',
    async run({ client, elapse, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build', { timeoutMs: 500 }))
      await elapse(400)
      assert.equal(waiting.state, 'pending')
      await elapse(200)
      assert.deepEqual([waiting.state, waiting.code], ['rejected', 'deadline-exceeded'])
      const behind = outcomeOf(cid.locks.acquire('build'))
      await settle()
      await lock.release()
      await until('the one behind it has it', () => behind.state === 'resolved')
    },
  },
  {
    name: 'whoever is told to stop waiting rejects with that reason, and those behind move up',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const lock = await ann.locks.acquire('data', { mode: 'shared' })
      const cancel = new AbortController()
      const writer = outcomeOf(bob.locks.acquire('data', { signal: cancel.signal }))
      await settle()
      const reader = outcomeOf(cid.locks.acquire('data', { mode: 'shared' }))
      await settle()
      const reason = new Error('changed my mind')
      cancel.abort(reason)
      await until('it is told', () => writer.state === 'rejected')
      assert.equal(writer.error, reason)
      await until('the one behind it has it', () => reader.state === 'resolved')
      assert.equal(lock.held, true)
    },
  },
  {
    name: 'a signal that has aborted already asks for nothing',
    async run({ client }) {
      const { locks } = await client('ann')
      await assert.rejects(locks.acquire('build', { signal: AbortSignal.abort(new Error('no')) }), /no/)
      assert.equal((await locks.inspect('build')).holding, 0)
    },
  },
  {
    name: 'a signal that aborts in the moment of the grant leaves either a holder or a free lock',
    async run({ client, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      for (let round = 0; round < 8; round++) {
        const key = `build ${round}`
        const lock = await ann.locks.acquire(key)
        const cancel = new AbortController()
        const waiting = outcomeOf(bob.locks.acquire(key, { signal: cancel.signal }))
        await settle()
        const releasing = lock.release()
        for (let turn = 0; turn < round; turn++) await Promise.resolve()
        cancel.abort(new Error('changed my mind'))
        await releasing
        await until('it is decided', () => waiting.state !== 'pending')
        await settle()
        const got = await ann.locks.tryAcquire(key)
        assert.equal(got === undefined, waiting.value?.held === true, 'it is held by whoever was told so, else free')
      }
    },
  },
  {
    name: 'what was granted stays when the signal aborts later',
    async run({ client, settle }) {
      const { locks } = await client('ann')
      const cancel = new AbortController()
      const lock = await locks.acquire('build', { signal: cancel.signal, timeoutMs: 100 })
      cancel.abort(new Error('too late'))
      await settle()
      assert.deepEqual([lock.held, lock.signal.aborted], [true, false])
    },
  },
  {
    name: 'closing releases everything, ends what waits, and says so',
    async run({ client, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('a')
      const permit = await ann.locks.semaphore('permits', { capacity: 1 }).acquire()
      await bob.locks.acquire('b')
      const waiting = outcomeOf(ann.locks.acquire('b'))
      const wanting = outcomeOf(bob.locks.acquire('a'))
      await settle()
      await ann.locks[Symbol.asyncDispose]()
      assert.deepEqual([lock.held, permit.held, lock.signal.aborted], [false, false, true])
      await until('it is told', () => waiting.state === 'rejected')
      assert.deepEqual([waiting.code, (lock.signal.reason as { code?: string }).code], ['closed', 'closed'])
      await until('the other one has it', () => wanting.state === 'resolved')
      await assert.rejects(ann.locks.acquire('c'), { code: 'closed' })
      assert.equal((await bob.locks.inspect('b')).waiting, 0)
    },
  },
]
