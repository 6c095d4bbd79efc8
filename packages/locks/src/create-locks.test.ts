import { Prng } from '@flotilla/core/random'
import { ManualClock, RecordingMetrics } from '@flotilla/core/testing'
import type { Clock, Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { createLocks, type LocksOptions } from './create-locks.ts'
import { lockMachine } from './machine/index.ts'
import { outcomeOf } from './testing/conformance/outcome.ts'
import { memoryReplicated } from './testing/memory-replicated.ts'

/** A service, and two clients of it: ann, whose process may sleep and whose link may fail, and bob. */
function town(options: Partial<LocksOptions> = {}) {
  const clock = new ManualClock()
  const group = memoryReplicated(lockMachine, { clock })
  const [link, bobsLink] = [group.connect(), group.connect()]
  const metrics = new RecordingMetrics()
  let sleptMs = 0
  // Time has passed, and no timer has run yet: as after SIGSTOP, or a long collection of garbage.
  const sleepy: Clock = {
    now: () => (clock.now() + sleptMs) as Millis,
    wallNow: () => clock.wallNow(),
    wakeAt: (at, wake) => clock.wakeAt((at - sleptMs) as Millis, wake),
  }
  const ann = createLocks({ group: link, clock: sleepy, entropy: new Prng(1), name: 'ann', metrics, ...options })
  const bob = createLocks({ group: bobsLink, clock, entropy: new Prng(2), name: 'bob' })
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) await Promise.resolve()
  }
  const elapse = async (durationMs: number): Promise<void> => {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 20) {
      clock.advance(Math.min(20, leftMs))
      await settle()
    }
  }
  return { clock, group, link, ann, bob, metrics, settle, elapse, sleep: (ms: number) => (sleptMs += ms) }
}

describe('a process that was stopped', () => {
  test('is not given a lock after its lease is over, though the grant had come in time (etcd#11456)', async () => {
    const { ann, bob, settle, sleep } = town()
    const lock = await bob.acquire('build')
    const waiting = outcomeOf(ann.acquire('build'))
    await settle()
    const releasing = lock.release()
    sleep(60_000)
    await releasing
    await settle()
    expect([waiting.state, waiting.code]).toEqual(['rejected', 'session-expired'])
  })

  test('sees by its clock that it holds nothing, before any timer has run', async () => {
    const { ann, sleep } = town()
    const lock = await ann.acquire('build')
    const permit = await ann.semaphore('pool', { capacity: 1 }).acquire()
    expect([lock.held, permit.held]).toEqual([true, true])
    sleep(10_000)
    expect([lock.held, lock.signal.aborted, permit.held, permit.signal.aborted]).toEqual([false, true, false, true])
  })

  test('gets nothing back from a renewal that is answered too late', async () => {
    const { ann, link, elapse, settle, sleep } = town()
    const lock = await ann.acquire('build')
    link.state = 'cut'
    await elapse(3_400) // A renewal is under way.
    sleep(8_000)
    link.state = 'whole'
    await settle()
    expect([lock.held, lock.signal.aborted]).toEqual([false, true])
  })
})

test('a lease counts from when its renewal was sent, however late the answer comes', async () => {
  const { ann, bob, link, elapse, settle } = town({ lockDelayMs: 0 })
  const lock = await ann.acquire('build')
  const waiting = outcomeOf(bob.acquire('build'))
  link.state = 'slow'
  await elapse(6_600) // The renewal that was sent after 3,333 ms is answered now.
  link.state = 'whole'
  await settle()
  link.state = 'cut'
  await elapse(6_400)
  expect([lock.held, waiting.state]).toEqual([true, 'pending'])
  await elapse(140)
  expect([lock.held, lock.signal.aborted, waiting.state]).toEqual([false, true, 'pending'])
  await elapse(260)
  expect(waiting.state).toBe('resolved')
})

describe('an answer that does not come', () => {
  test('to an acquire that was granted leaves nothing behind when nobody waits any more', async () => {
    const { ann, bob, link, elapse, settle } = town()
    await ann.inspect('build')
    await (await ann.acquire('other')).release()
    link.state = 'deaf'
    const waiting = outcomeOf(ann.acquire('build', { timeoutMs: 500 }))
    await elapse(100)
    expect((await bob.inspect('build')).holding).toBe(1)
    link.state = 'cut'
    await elapse(500)
    expect(waiting.code).toBe('deadline-exceeded')
    expect((await bob.inspect('build')).holding).toBe(1)
    link.state = 'whole'
    await elapse(6_000)
    await settle()
    expect((await bob.inspect('build')).holding).toBe(0)
  })

  test('to an acquire that was granted is asked for again, and gives the one grant', async () => {
    const { ann, bob, link, elapse } = town()
    await (await ann.acquire('other')).release()
    link.state = 'deaf'
    const waiting = outcomeOf(ann.acquire('build'))
    await elapse(100)
    const before = await bob.inspect('build')
    link.state = 'whole'
    await elapse(6_000)
    expect(waiting.value?.token).toBe(before.token)
    expect((await bob.inspect('build')).holders.map(({ name }) => name)).toEqual(['ann'])
  })

  test('to the release within a downgrade leaves nobody with the old token', async () => {
    const { ann, bob, link, elapse } = town({ limits: { attemptTimeoutMs: 1_000 } })
    const lock = await ann.acquire('data')
    const before = lock.token
    deafFromRelease(link)
    const downgrade = outcomeOf(lock.downgrade())
    await elapse(100)
    const reader = await bob.acquire('data', { mode: 'shared' })
    expect([reader.token > before, lock.token, downgrade.state]).toEqual([true, before, 'pending'])
    link.state = 'whole'
    await elapse(1_500)
    expect([downgrade.state, lock.token, lock.mode]).toEqual(['resolved', reader.token, 'shared'])
  })

  test('to the release within a downgrade, for long, is told; it is shared, and the token follows', async () => {
    const { ann, bob, link, elapse } = town({ ttlMs: 60_000 })
    const lock = await ann.acquire('data')
    deafFromRelease(link)
    const downgrade = outcomeOf(lock.downgrade())
    await elapse(5_500)
    expect([downgrade.code, lock.mode, lock.held]).toEqual(['deadline-exceeded', 'shared', true])
    const reader = await bob.acquire('data', { mode: 'shared' })
    link.state = 'whole'
    await elapse(6_000)
    expect([lock.token, lock.held]).toEqual([reader.token, true])
  })

  test('to the opening of a session opens no second one', async () => {
    const { ann, bob, link, elapse } = town({ ttlMs: 60_000 })
    link.state = 'deaf'
    const opening = outcomeOf(ann.acquire('build'))
    await elapse(2_000)
    link.state = 'whole'
    await elapse(6_000)
    expect(opening.value?.held).toBe(true)
    expect((await bob.inspect('build')).holders).toHaveLength(1)
  })
})

test('events that are lost are made up for by asking', async () => {
  const { ann, bob, link, elapse, settle } = town()
  const lock = await bob.acquire('build')
  const waiting = outcomeOf(ann.acquire('build'))
  await settle()
  link.state = 'deaf'
  await lock.release()
  await settle()
  link.state = 'whole'
  await settle()
  expect(waiting.state).toBe('pending')
  await elapse(1_100)
  expect(waiting.value?.held).toBe(true)
})

test('the state of the service survives its snapshot, and clients do not notice', async () => {
  const { ann, bob, group, elapse } = town()
  const lock = await ann.acquire('build')
  const waiting = outcomeOf(bob.acquire('build'))
  await elapse(100)
  await group.restore()
  await elapse(20_000)
  expect([lock.held, waiting.state]).toEqual([true, 'pending'])
  await lock.release()
  await elapse(1_100)
  expect(waiting.value?.token).toBeGreaterThan(lock.token)
})

test('what happens is measured', async () => {
  const { ann, bob, link, metrics, elapse, settle } = town()
  const lock = await bob.acquire('build')
  expect(await ann.tryAcquire('build')).toBeUndefined()
  const late = outcomeOf(ann.acquire('build', { timeoutMs: 200 }))
  await elapse(300)
  const waiting = outcomeOf(ann.acquire('build'))
  await elapse(300)
  await lock.release()
  await settle()
  expect([late.code, waiting.value?.held]).toEqual(['deadline-exceeded', true])
  const value = (outcome: string) => metrics.value('flotilla_locks_acquisitions_total', { mode: 'exclusive', outcome })
  expect([value('busy'), value('timeout'), value('granted')]).toEqual([1, 1, 1])
  expect(metrics.value('flotilla_locks_timeouts_total')).toBe(1)
  expect(metrics.observations('flotilla_locks_wait_seconds', { mode: 'exclusive' })).toEqual([0.2, 0.3])
  expect(metrics.value('flotilla_locks_requests')).toBe(1)
  link.state = 'cut'
  await elapse(11_000)
  expect(metrics.value('flotilla_locks_session_expiries_total')).toBe(1)
  expect(metrics.value('flotilla_locks_requests')).toBe(0)
})

test('one lock or wait too many is refused', async () => {
  const { ann } = town({ limits: { requestsMax: 2 } })
  await ann.acquire('a')
  await ann.acquire('b')
  await expect(ann.acquire('c')).rejects.toMatchObject({ code: 'overloaded' })
})

test('one watch too many is refused', async () => {
  const { ann, settle } = town({ limits: { watchesMax: 1 } })
  const first = ann.watch('a')[Symbol.asyncIterator]()
  expect((await first.next()).value).toMatchObject({ holding: 0 })
  await expect(ann.watch('b')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'overloaded' })
  await first.return?.()
  await settle()
  expect((await ann.watch('b')[Symbol.asyncIterator]().next()).value).toMatchObject({ key: 'b' })
})

test('nothing is left running after closing', async () => {
  const { ann, bob, clock, elapse } = town()
  await ann.acquire('a')
  const waiting = outcomeOf(bob.acquire('a'))
  await elapse(50)
  await bob[Symbol.asyncDispose]()
  await ann[Symbol.asyncDispose]()
  expect(waiting.code).toBe('closed')
  expect(clock.timersWaiting).toBe(0)
})

test('a wrong setting is refused with a sentence', () => {
  expect(() => town({ ttlMs: 50 })).toThrow('locks: ttlMs is 50; it must be a whole number from 100 to 86400000')
  expect(() => town({ ttlMs: 150 })).toThrow('locks: ttlMs is 150; it must be a whole number from 203')
  expect(() => town({ lockDelayMs: -1 })).toThrow('locks: lockDelayMs is -1')
  expect(() => town({ limits: { retryPauseMs: 2_000 } })).toThrow('locks: retryPauseMsMax is 1000')
})

/** The service hears what is released, and its answer is lost. */
function deafFromRelease(link: ReturnType<typeof town>['link']): void {
  const run = link.run.bind(link)
  link.run = (command, options) => {
    if (command.type === 'release') {
      link.state = 'deaf'
      link.run = run
    }
    return run(command, options)
  }
}
