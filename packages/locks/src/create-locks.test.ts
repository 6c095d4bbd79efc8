import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { createLocks } from './create-locks.ts'
import { lockMachine } from './machine/index.ts'
import { memoryReplicated } from './testing/memory-replicated.ts'

test('smoke', async () => {
  const clock = new ManualClock()
  const group = memoryReplicated(lockMachine, { clock })
  const ann = createLocks({ group: group.connect(), clock, entropy: new Prng(1), name: 'ann' })
  const bob = createLocks({ group: group.connect(), clock, entropy: new Prng(2), name: 'bob' })
  const one = await ann.acquire('build')
  expect(await bob.tryAcquire('build')).toBe(undefined)
  await expect(bob.acquire('build', { wait: false })).rejects.toThrow('held by ann')
  const waiting = bob.acquire('build')
  await one.release()
  const two = await waiting
  expect(two.token).toBeGreaterThan(one.token)
  const s = await ann.acquire('x', { mode: 'shared' })
  await s.upgrade()
  expect(s.mode).toBe('exclusive')
  await s.downgrade()
  expect(await ann.inspect('x')).toMatchObject({ holding: 1 })
  await ann[Symbol.asyncDispose]()
  expect(s.signal.aborted).toBe(true)
  await bob[Symbol.asyncDispose]()
  expect(await ann.list()).toEqual([])
  expect(clock.timersWaiting).toBe(0)
})
