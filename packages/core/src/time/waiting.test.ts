import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../testing/index.ts'
import { sleep, withTimeout } from './waiting.ts'

/** Lets promise callbacks that are due run. */
async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await Promise.resolve()
}

describe('sleep', () => {
  test('resolves when the time is over, not before', async () => {
    const clock = new ManualClock()
    let awake = false
    const sleeping = sleep(clock, 100).then(() => (awake = true))
    clock.advance(99)
    await settle()
    expect(awake).toBe(false)
    clock.advance(1)
    await sleeping
    expect(awake).toBe(true)
    expect(clock.timersWaiting).toBe(0)
  })

  test('rejects with the reason of the signal, and leaves no timer', async () => {
    const clock = new ManualClock()
    const cancel = new AbortController()
    const sleeping = sleep(clock, 100, { signal: cancel.signal })
    cancel.abort(new Error('changed my mind'))
    await expect(sleeping).rejects.toThrow('changed my mind')
    expect(clock.timersWaiting).toBe(0)
  })

  test('does not begin when the signal has aborted already', async () => {
    const clock = new ManualClock()
    await expect(sleep(clock, 100, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
    expect(clock.timersWaiting).toBe(0)
  })

  test('lets go of the signal once it is over', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const sleeping = sleep(clock, 1, { signal })
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    clock.advance(1)
    await sleeping
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  })
})

describe('withTimeout', () => {
  test('returns what the work returns, and leaves nothing behind', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const options = { clock, timeoutMs: 100, what: 'the answer', signal }
    expect(await withTimeout(options, async () => 42)).toBe(42)
    expect(clock.timersWaiting).toBe(0)
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  })

  test('passes on what the work throws, and leaves nothing behind', async () => {
    const clock = new ManualClock()
    const failing = withTimeout({ clock, timeoutMs: 100, what: 'the answer' }, async () => {
      throw new Error('no route')
    })
    await expect(failing).rejects.toThrow('no route')
    expect(clock.timersWaiting).toBe(0)
  })

  test('aborts the work when the time is over, with an error that names it', async () => {
    const clock = new ManualClock()
    const waiting = withTimeout({ clock, timeoutMs: 100, what: 'the answer of b' }, rejectOnAbort)
    clock.advance(99)
    await settle()
    clock.advance(1)
    await expect(waiting).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: 'the answer of b took longer than 100 ms',
    })
    expect(clock.timersWaiting).toBe(0)
  })

  test('aborts the work with the reason of the outer signal', async () => {
    const clock = new ManualClock()
    const cancel = new AbortController()
    const options = { clock, timeoutMs: 100, what: 'the answer', signal: cancel.signal }
    const waiting = withTimeout(options, rejectOnAbort)
    cancel.abort(new Error('shutting down'))
    await expect(waiting).rejects.toThrow('shutting down')
    expect(clock.timersWaiting).toBe(0)
  })

  test('does not begin the work when the outer signal has aborted already', async () => {
    const clock = new ManualClock()
    let begun = false
    const options = { clock, timeoutMs: 100, what: 'x', signal: AbortSignal.abort(new Error('too late')) }
    const waiting = withTimeout(options, async () => (begun = true))
    await expect(waiting).rejects.toThrow('too late')
    expect([begun, clock.timersWaiting]).toEqual([false, 0])
  })

  test('work that ends well after its time is over is still returned: it did happen', async () => {
    const clock = new ManualClock()
    const finish = Promise.withResolvers<string>()
    const waiting = withTimeout({ clock, timeoutMs: 100, what: 'x' }, () => finish.promise)
    clock.advance(200)
    finish.resolve('done')
    expect(await waiting).toBe('done')
  })
})

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
