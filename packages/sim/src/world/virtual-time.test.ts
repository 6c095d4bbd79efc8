import { describe, expect, test } from 'vitest'
import { Incarnation } from './incarnation.ts'
import { VirtualTime } from './virtual-time.ts'

describe('virtual time', () => {
  test('stands still while events run, jumps to the next, and keeps the order of those due together', () => {
    const time = new VirtualTime()
    const seen: string[] = []
    const see = (name: string) => () => void seen.push(`${name} at ${time.nowMs}`)
    time.schedule(5, see('second'))
    time.schedule(2, see('first'))
    time.schedule(5, see('third'))
    while (time.step(10));
    expect(seen).toEqual(['first at 2', 'second at 5', 'third at 5'])
    expect(time.nowMs).toBe(10)
  })

  test('leaves what is due later for later', () => {
    const time = new VirtualTime()
    let ran = 0
    time.schedule(20, () => ran++)
    expect(time.step(19)).toBe(false)
    expect({ ran, nowMs: time.nowMs }).toEqual({ ran: 0, nowMs: 19 })
    expect(time.step(20)).toBe(true)
    expect(ran).toBe(1)
  })

  test('runs what is scheduled for the past as soon as it can, without going back', () => {
    const time = new VirtualTime()
    time.step(10)
    let ranAtMs = -1
    time.schedule(3, () => (ranAtMs = time.nowMs))
    time.step(10)
    expect(ranAtMs).toBe(10)
  })

  test('forgets an event that was disposed of', () => {
    const time = new VirtualTime()
    let ran = 0
    time.schedule(1, () => ran++)[Symbol.dispose]()
    expect(time.step(5)).toBe(false)
    expect(ran).toBe(0)
  })

  test('rounds up to whole microseconds, so that nothing happens early', () => {
    const time = new VirtualTime()
    let ranAtMs = 0
    time.schedule(0.000_4, () => (ranAtMs = time.nowMs))
    time.step(1)
    expect(ranAtMs).toBe(0.001)
  })

  test('is not early by the hair that a product loses', () => {
    const time = new VirtualTime()
    const atMs = 5_388.663_000_000_000_5
    let ranAtMs = 0
    time.schedule(atMs, () => (ranAtMs = time.nowMs))
    time.step(10_000)
    expect(ranAtMs).toBeGreaterThanOrEqual(atMs)
  })
})

describe('a paused owner', () => {
  test('runs nothing until it resumes, then everything in order, before what came due later', () => {
    const time = new VirtualTime()
    const owner = new Incarnation(1, time)
    const seen: string[] = []
    time.schedule(1, () => seen.push('one'), owner)
    time.schedule(2, () => seen.push('two'), owner)
    time.schedule(3, () => owner.resume())
    time.schedule(3, () => seen.push('after'), owner)
    owner.pause()
    while (time.step(3));
    expect(seen).toEqual(['one', 'two', 'after'])
  })

  test('stays paused while another fault still pauses it', () => {
    const time = new VirtualTime()
    const owner = new Incarnation(1, time)
    let ran = 0
    time.schedule(1, () => ran++, owner)
    owner.pause()
    owner.pause()
    while (time.step(2));
    owner.resume()
    while (time.step(3));
    expect(ran).toBe(0)
    owner.resume()
    while (time.step(3));
    expect(ran).toBe(1)
  })
})

test('what a dead owner had before it never runs', () => {
  const time = new VirtualTime()
  const owner = new Incarnation(1, time)
  let ran = 0
  time.schedule(1, () => ran++, owner)
  owner.pause()
  time.step(1)
  owner.die()
  owner.resume()
  time.schedule(2, () => ran++, owner)
  expect(time.step(5)).toBe(false)
  expect(ran).toBe(0)
})
