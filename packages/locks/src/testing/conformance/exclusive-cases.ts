import assert from 'node:assert/strict'
import type { LockCase } from './harness.ts'
import { outcomeOf, refusalOf } from './outcome.ts'

export const exclusiveCases: readonly LockCase[] = [
  {
    name: 'a lock that is free is granted, and says what it is',
    async run({ client }) {
      const { locks } = await client('ann')
      const lock = await locks.acquire('build')
      assert.deepEqual([lock.key, lock.mode, lock.held, lock.signal.aborted], ['build', 'exclusive', true, false])
      assert.ok(Number.isSafeInteger(lock.token) && lock.token > 0, `${lock.token} is no token`)
    },
  },
  {
    name: 'nobody else gets it until it is released',
    async run({ client, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      assert.equal(waiting.state, 'pending')
      assert.equal(await lock.release(), true)
      await until('the other one has it', () => waiting.state === 'resolved')
      assert.equal(waiting.value?.held, true)
    },
  },
  {
    name: 'nor does somebody else in the same client',
    async run({ client, settle, until }) {
      const { locks } = await client('ann')
      const lock = await locks.acquire('build')
      const waiting = outcomeOf(locks.acquire('build'))
      await settle()
      assert.equal(waiting.state, 'pending')
      await lock.release()
      await until('the other one has it', () => waiting.state === 'resolved')
    },
  },
  {
    name: 'keys have nothing to do with each other',
    async run({ client }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      await ann.locks.acquire('a')
      await bob.locks.acquire('b')
      await bob.locks.acquire('a/b')
      await bob.locks.acquire('ä b\u0001"')
    },
  },
  {
    name: 'it is released at the end of an await using block, and twice is as good as once',
    async run({ client }) {
      const { locks } = await client('ann')
      let signal: AbortSignal | undefined
      {
        await using lock = await locks.acquire('build')
        signal = lock.signal
        await lock.release()
      }
      assert.equal(refusedWith(signal), 'released')
      const again = await locks.tryAcquire('build')
      assert.ok(again !== undefined, 'it is free again')
      assert.equal(await again.release(), true)
      assert.deepEqual([again.held, refusedWith(again.signal)], [false, 'released'])
      assert.equal(await again.release(), true)
    },
  },
  {
    name: 'first come, first served',
    async run({ client, settle, until }) {
      const clients = [await client('ann'), await client('bob'), await client('cid')]
      const first = await (await client('dan')).locks.acquire('build')
      const served: number[] = []
      for (const turn of [0, 1, 2, 3, 4, 5]) {
        const { locks } = clients[turn % 3] ?? (await client('eve'))
        void locks.acquire('build').then((lock) => {
          served.push(turn)
          return lock.release()
        })
        await settle()
      }
      await first.release()
      await until('all were served', () => served.length === 6)
      assert.deepEqual(served, [0, 1, 2, 3, 4, 5])
    },
  },
  {
    name: 'whoever does not want to wait is told at once, and by name who holds it',
    async run({ client, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      assert.equal(await bob.locks.tryAcquire('build'), undefined)
      await assert.rejects(bob.locks.acquire('build', { wait: false }), (error: Error) => {
        assert.match(error.message, /ann/)
        return 'code' in error && error.code === 'busy'
      })
      await lock.release()
      const got = await bob.locks.tryAcquire('build')
      assert.equal(got?.held, true)
      await settle()
      assert.equal((await ann.locks.inspect('build')).waiting, 0)
    },
  },
  {
    name: 'whoever does not want to wait does not overtake those who do',
    async run({ client, settle }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      await ann.locks.acquire('build', { mode: 'shared' })
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      assert.equal(await cid.locks.tryAcquire('build', { mode: 'shared' }), undefined)
      assert.equal(waiting.state, 'pending')
    },
  },
  {
    name: 'names that are none are refused',
    async run({ client }) {
      const { locks } = await client('ann')
      assert.notEqual(await refusalOf(locks.acquire('')), 'nothing')
      assert.notEqual(await refusalOf(locks.acquire('x'.repeat(100_000))), 'nothing')
      assert.notEqual(await refusalOf(locks.acquire('build', { owner: '' })), 'nothing')
      assert.equal((await locks.acquire('build')).held, true)
    },
  },
]

function refusedWith(signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? (signal.reason as { readonly code?: string }).code : undefined
}
