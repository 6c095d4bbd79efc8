import assert from 'node:assert/strict'
import { conformanceLease, type LockCase } from './harness.ts'
import { outcomeOf } from './outcome.ts'

const { ttlMs, lockDelayMs } = conformanceLease

export const sessionCases: readonly LockCase[] = [
  {
    name: 'a lock is kept for as long as its client lives',
    async run({ client, elapse }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      await elapse(3 * ttlMs)
      assert.equal(lock.held, true)
      assert.equal(await bob.locks.tryAcquire('build'), undefined)
    },
  },
  {
    name: 'a holder that is cut off learns of its loss before anybody else is granted',
    needs: 'cut',
    async run({ client, elapse, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const permit = await ann.locks.semaphore('permits', { capacity: 1 }).acquire()
      const next = outcomeOf(bob.locks.acquire('build').then(() => lock.signal.aborted && !lock.held))
      await settle()
      await ann.cut()
      for (let passedMs = 0; passedMs < 2 * (ttlMs + lockDelayMs) && next.state === 'pending'; passedMs += 50) {
        await elapse(50)
      }
      assert.equal(next.value, true)
      assert.equal((lock.signal.reason as { code?: string }).code, 'session-expired')
      assert.deepEqual([permit.held, permit.signal.aborted], [false, true])
    },
  },
  {
    name: 'what a lost client held exclusively stays closed for the lock delay',
    needs: 'cut',
    async run({ client, elapse, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      await ann.cut()
      let lostMs: number | undefined
      let grantedMs: number | undefined
      for (let passedMs = 0; passedMs < 3 * (ttlMs + lockDelayMs) && grantedMs === undefined; passedMs += 50) {
        await elapse(50)
        if (!lock.held) lostMs ??= passedMs
        if (waiting.state === 'resolved') grantedMs = passedMs
      }
      assert.ok(lostMs !== undefined && grantedMs !== undefined, 'it is lost, and granted')
      assert.ok(grantedMs >= lostMs + lockDelayMs, `granted ${grantedMs - lostMs} ms after the loss`)
      assert.ok((waiting.value?.token ?? 0) > lock.token)
    },
  },
  {
    name: 'whoever waits while its session is lost is told at once, and can begin anew',
    needs: 'cut',
    async run({ client, elapse, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      await bob.cut()
      await elapse(ttlMs)
      assert.deepEqual([waiting.state, waiting.code], ['rejected', 'session-expired'])
      await bob.heal()
      const again = outcomeOf(bob.locks.acquire('build'))
      await until('it stands in the queue', () => lock.held)
      await elapse(500)
      await lock.release()
      await until('it has it', () => again.state === 'resolved')
    },
  },
  {
    name: 'a short cut does no harm',
    needs: 'cut',
    async run({ client, elapse, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      for (const each of [ann, bob]) {
        await each.cut()
        await elapse(ttlMs / 3)
        await each.heal()
        await elapse(ttlMs)
      }
      assert.deepEqual([lock.held, waiting.state], [true, 'pending'])
      await lock.release()
      await until('the other one has it', () => waiting.state === 'resolved')
    },
  },
  {
    name: 'what was granted to somebody who was cut off just then is known when the cut heals',
    needs: 'cut',
    async run({ client, elapse, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      await bob.cut()
      await lock.release()
      await settle()
      assert.equal(waiting.state, 'pending')
      await elapse(ttlMs / 4)
      await bob.heal()
      await until('it knows that it has it', () => waiting.state === 'resolved')
      assert.equal(waiting.value?.held, true)
    },
  },
  {
    name: 'what was released or given up behind a cut is free when it heals',
    needs: 'cut',
    async run({ client, elapse, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const held = await ann.locks.acquire('a')
      const other = await bob.locks.acquire('b')
      const cancel = new AbortController()
      const waiting = outcomeOf(ann.locks.acquire('b', { signal: cancel.signal }))
      await settle()
      await ann.cut()
      void held.release()
      cancel.abort(new Error('changed my mind'))
      await settle()
      assert.deepEqual([held.held, waiting.state], [false, 'rejected'])
      await ann.heal()
      const next = outcomeOf(bob.locks.acquire('a'))
      await until('it is free', () => next.state === 'resolved')
      await other.release()
      await elapse(100)
      assert.equal((await bob.locks.inspect('b')).holding, 0)
    },
  },
  {
    name: 'a client that could not say goodbye is closed all the same',
    needs: 'cut',
    async run({ client, elapse, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const lock = await ann.locks.acquire('build')
      await ann.cut()
      const closing = outcomeOf(Promise.resolve(ann.locks[Symbol.asyncDispose]()))
      assert.equal(lock.held, false)
      await elapse(2 * (ttlMs + lockDelayMs))
      await until('it is closed', () => closing.state === 'resolved')
      assert.equal((await bob.locks.tryAcquire('build'))?.held, true)
    },
  },
]
