import assert from 'node:assert/strict'
import type { LockCase } from './harness.ts'
import { outcomeOf, refusalOf } from './outcome.ts'

export const sharedCases: readonly LockCase[] = [
  {
    name: 'readers hold it together, and a writer waits for all of them',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const readers = [
        await ann.locks.acquire('data', { mode: 'shared' }),
        await bob.locks.acquire('data', { mode: 'shared' }),
      ]
      const writer = outcomeOf(cid.locks.acquire('data'))
      for (const reader of readers) {
        await settle()
        assert.equal(writer.state, 'pending')
        await reader.release()
      }
      await until('the writer has it', () => writer.state === 'resolved')
      assert.equal(await ann.locks.tryAcquire('data', { mode: 'shared' }), undefined)
    },
  },
  {
    name: 'readers that come after a writer wait for it, so that it does not starve, and are then served together',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const reader = await ann.locks.acquire('data', { mode: 'shared' })
      const writer = outcomeOf(bob.locks.acquire('data'))
      await settle()
      const late = [
        outcomeOf(cid.locks.acquire('data', { mode: 'shared' })),
        outcomeOf(ann.locks.acquire('data', { mode: 'shared' })),
      ]
      await settle()
      assert.deepEqual([writer.state, ...late.map(({ state }) => state)], ['pending', 'pending', 'pending'])
      await reader.release()
      await until('the writer has it', () => writer.state === 'resolved')
      await settle()
      assert.deepEqual(
        late.map(({ state }) => state),
        ['pending', 'pending'],
      )
      await writer.value?.release()
      await until('both have it', () => late.every(({ state }) => state === 'resolved'))
    },
  },
  {
    name: 'an owner that holds it gets it again with the same token, and it is free when all of it is released',
    async run({ client, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const one = await ann.locks.acquire('build', { owner: 'task' })
      const waiting = outcomeOf(bob.locks.acquire('build'))
      await settle()
      const two = await ann.locks.acquire('build', { owner: 'task' })
      const three = await ann.locks.acquire('build', { owner: 'task', mode: 'shared' })
      assert.deepEqual([two.token, three.token], [one.token, one.token])
      await one.release()
      await three.release()
      await settle()
      assert.deepEqual([waiting.state, two.held, two.token], ['pending', true, one.token])
      await two.release()
      await settle()
      assert.equal(waiting.state, 'resolved')
    },
  },
  {
    name: 'an owner of the same name in another client is somebody else',
    async run({ client, settle }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      await ann.locks.acquire('build', { owner: 'task' })
      const waiting = outcomeOf(bob.locks.acquire('build', { owner: 'task' }))
      await settle()
      assert.equal(waiting.state, 'pending')
    },
  },
  {
    name: 'an upgrade waits for the other readers, and comes before writers that wait',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const mine = await ann.locks.acquire('data', { mode: 'shared' })
      const other = await bob.locks.acquire('data', { mode: 'shared' })
      const writer = outcomeOf(cid.locks.acquire('data'))
      await settle()
      const before = mine.token
      const upgrade = outcomeOf(mine.upgrade())
      await settle()
      assert.deepEqual([upgrade.state, mine.mode, mine.held], ['pending', 'shared', true])
      await other.release()
      await until('it is upgraded', () => upgrade.state === 'resolved')
      assert.deepEqual([mine.mode, mine.held, mine.token > before], ['exclusive', true, true])
      await settle()
      assert.equal(writer.state, 'pending')
      await mine.release()
      await until('the writer has it', () => writer.state === 'resolved')
      assert.ok((writer.value?.token ?? 0) > mine.token)
    },
  },
  {
    name: 'a downgrade lets readers in at once, and keeps writers out',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const mine = await ann.locks.acquire('data')
      const before = mine.token
      const reader = outcomeOf(bob.locks.acquire('data', { mode: 'shared' }))
      await settle()
      await mine.downgrade()
      assert.deepEqual([mine.mode, mine.held, mine.token > before], ['shared', true, true])
      await until('the reader has it', () => reader.state === 'resolved')
      const writer = outcomeOf(cid.locks.acquire('data'))
      await settle()
      assert.equal(writer.state, 'pending')
    },
  },
  {
    name: 'an upgrade that is given up leaves it shared, and nothing behind',
    async run({ client, settle, until }) {
      const [ann, bob, cid] = [await client('ann'), await client('bob'), await client('cid')]
      const mine = await ann.locks.acquire('data', { mode: 'shared' })
      await bob.locks.acquire('data', { mode: 'shared' })
      const cancel = new AbortController()
      const upgrade = outcomeOf(mine.upgrade({ signal: cancel.signal }))
      await settle()
      cancel.abort(new Error('changed my mind'))
      await until('it is told', () => upgrade.state === 'rejected')
      await settle()
      assert.deepEqual([mine.mode, mine.held], ['shared', true])
      assert.equal((await cid.locks.tryAcquire('data', { mode: 'shared' }))?.held, true)
    },
  },
  {
    name: 'of two that upgrade the same lock one is told of the deadlock, and keeps what it had',
    async run({ client, settle, until }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const one = await ann.locks.acquire('data', { mode: 'shared' })
      const two = await bob.locks.acquire('data', { mode: 'shared' })
      const upgrades = [outcomeOf(one.upgrade()), outcomeOf(two.upgrade())]
      await until('one is told', () => upgrades.some(({ state }) => state === 'rejected'))
      await settle()
      const [first, second] = upgrades
      assert.deepEqual([first?.state, second?.code], ['pending', 'deadlock'])
      assert.deepEqual([two.held, two.mode], [true, 'shared'])
      await two.release()
      await until('the other one has it', () => first?.state === 'resolved')
      assert.equal(await refusalOf(two.upgrade()), 'released')
    },
  },
]
