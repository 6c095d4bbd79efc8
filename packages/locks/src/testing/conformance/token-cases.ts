import assert from 'node:assert/strict'
import { createFence } from '../../fence/fence.ts'
import { conformanceLease, type LockCase } from './harness.ts'
import { refusalOf } from './outcome.ts'

export const tokenCases: readonly LockCase[] = [
  {
    name: 'tokens of a key rise with every grant, whoever gets it, and after it was forgotten',
    async run({ client, elapse }) {
      const clients = [await client('ann'), await client('bob')]
      let last = 0
      for (let round = 0; round < 6; round++) {
        for (const { locks } of clients) {
          const lock = await locks.acquire('build')
          assert.ok(lock.token > last, `${lock.token} comes after ${last}`)
          last = lock.token
          await lock.release()
        }
        await elapse(conformanceLease.lockDelayMs)
      }
      for (const { locks } of clients) await locks[Symbol.asyncDispose]()
      const late = await (await client('cid')).locks.acquire('build')
      assert.ok(late.token > last, `${late.token} comes after ${last}`)
    },
  },
  {
    name: 'what a fence protects can be used by all readers that hold it together, and by no writer of before',
    async run({ client }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const fence = createFence()
      const writer = await ann.locks.acquire('data')
      await fence.check('data', writer.token)
      const old = writer.token
      await writer.release()
      const one = await ann.locks.acquire('data', { mode: 'shared' })
      const two = await bob.locks.acquire('data', { mode: 'shared' })
      for (const { token } of [two, one, two]) await fence.check('data', token)
      assert.equal(await refusalOf(fence.check('data', old)), 'stale-token')
    },
  },
  {
    name: 'a holder that was lost and does not know is refused by the fence',
    needs: 'cut',
    async run({ client, elapse }) {
      const [ann, bob] = [await client('ann'), await client('bob')]
      const fence = createFence()
      const lost = await ann.locks.acquire('build')
      await fence.check('build', lost.token)
      const { token } = lost
      await ann.cut()
      await elapse(2 * (conformanceLease.ttlMs + conformanceLease.lockDelayMs))
      const next = await bob.locks.acquire('build')
      await fence.check('build', next.token)
      assert.equal(await refusalOf(fence.check('build', token)), 'stale-token')
    },
  },
]
