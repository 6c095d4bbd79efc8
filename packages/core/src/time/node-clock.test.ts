import { afterEach, describe, expect, test, vi } from 'vitest'
import { after, type Millis } from './clock.ts'
import { nodeClock } from './node-clock.ts'

afterEach(() => void vi.useRealTimers())

/** These run on a fake of Node's timers, so no time passes in them. */
describe("Node's clock, over fake timers", () => {
  test('reaches a wake that is farther away than a Node timer can wait, in steps', () => {
    vi.useFakeTimers()
    const clock = nodeClock()
    const begun = clock.now()
    const fortyDaysMs = 40 * 86_400_000
    let wokenAt: Millis | undefined
    clock.wakeAt(after(begun, fortyDaysMs), () => (wokenAt = clock.now()))
    vi.advanceTimersByTime(fortyDaysMs - 1)
    expect(wokenAt).toBeUndefined()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1)
    expect(wokenAt).toBe(after(begun, fortyDaysMs))
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a far wake can be disposed after its first step', () => {
    vi.useFakeTimers()
    const clock = nodeClock()
    let wakes = 0
    const timer = clock.wakeAt(after(clock.now(), 40 * 86_400_000), () => wakes++)
    vi.advanceTimersByTime(30 * 86_400_000)
    timer[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(30 * 86_400_000)
    expect(wakes).toBe(0)
  })

  test('looks again when Node fires early', () => {
    vi.useFakeTimers()
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    let wakes = 0
    nodeClock().wakeAt(10 as Millis, () => wakes++)
    now = 9.5
    vi.advanceTimersByTime(10)
    expect(wakes).toBe(0)
    now = 10
    vi.advanceTimersByTime(1)
    expect(wakes).toBe(1)
    vi.restoreAllMocks()
  })

  test('a wake at Infinity sets no timer', () => {
    vi.useFakeTimers()
    const timer = nodeClock().wakeAt(Infinity as Millis, () => {})
    expect(vi.getTimerCount()).toBe(0)
    timer[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('the calendar is the machine’s, and may be set back while now goes on', () => {
    vi.useFakeTimers({ now: 5_000 })
    const clock = nodeClock()
    const before = clock.now()
    expect(clock.wallNow()).toBe(5_000)
    vi.setSystemTime(1_000)
    expect(clock.wallNow()).toBe(1_000)
    expect(clock.now()).toBeGreaterThanOrEqual(before)
  })
})
