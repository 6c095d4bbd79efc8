import { describe, expect, test } from 'vitest'
import { Prng } from '../random/index.ts'
import type { Millis } from '../time/index.ts'
import { ManualClock } from './manual-clock.ts'

const at = (ms: number): Millis => ms as Millis

describe('a manual clock', () => {
  test('stands still until it is told to move', () => {
    const clock = new ManualClock({ nowMs: 50, wallMs: 7_000 })
    expect([clock.now(), clock.wallNow()]).toEqual([50, 7_000])
    clock.advance(25)
    expect([clock.now(), clock.wallNow()]).toEqual([75, 7_025])
    clock.setWall(1_000)
    expect([clock.now(), clock.wallNow()]).toEqual([75, 1_000])
    clock.advanceTo(at(80))
    expect([clock.now(), clock.wallNow()]).toEqual([80, 1_005])
  })

  test('wakes in order of time, then of creation, and says the time of each wake', () => {
    const clock = new ManualClock()
    const woken: string[] = []
    for (const [name, due] of Object.entries({ late: 30, first: 10, second: 10, third: 10, past: -5 })) {
      clock.wakeAt(at(due), () => woken.push(`${name}@${clock.now()}`))
    }
    clock.advance(29)
    expect(woken).toEqual(['past@0', 'first@10', 'second@10', 'third@10'])
    clock.advance(1)
    expect(woken.at(-1)).toBe('late@30')
  })

  test('calls what is set on the way, if it comes due on the way', () => {
    const clock = new ManualClock()
    const woken: number[] = []
    const again = (): void => {
      woken.push(clock.now())
      clock.wakeAt(at(clock.now() + 4), again)
    }
    clock.wakeAt(at(4), again)
    clock.advance(13)
    expect(woken).toEqual([4, 8, 12])
    expect(clock.now()).toBe(13)
    expect(clock.nextWakeAt).toBe(16)
  })

  test('counts the timers that wait, for a test to see that none was forgotten', () => {
    const clock = new ManualClock()
    const first = clock.wakeAt(at(5), () => {})
    clock.wakeAt(at(6), () => {})
    clock.wakeAt(at(Infinity), () => {})
    expect(clock.timersWaiting).toBe(2)
    first[Symbol.dispose]()
    expect(clock.timersWaiting).toBe(1)
    clock.advance(6)
    expect(clock.timersWaiting).toBe(0)
    expect(clock.nextWakeAt).toBeUndefined()
  })

  test('a wake that throws stops the move; the others still wait', () => {
    const clock = new ManualClock()
    let woken = 0
    clock.wakeAt(at(1), () => {
      throw new Error('a bug of the owner')
    })
    clock.wakeAt(at(2), () => woken++)
    expect(() => clock.advance(5)).toThrow('a bug of the owner')
    expect([woken, clock.timersWaiting, clock.now()]).toEqual([0, 1, 1])
    clock.advance(0)
    expect(woken).toBe(0)
    clock.advance(1)
    expect(woken).toBe(1)
  })

  test('a wake may move the clock itself; it never goes back', () => {
    const clock = new ManualClock()
    clock.wakeAt(at(5), () => clock.advance(100))
    clock.advance(10)
    expect(clock.now()).toBe(105)
  })

  test('refuses to go back, and to be caught by a timer that always sets itself again', () => {
    const clock = new ManualClock({ nowMs: 10 })
    expect(() => clock.advance(-1)).toThrow('a clock moves forward')
    expect(() => clock.advance(Number.NaN)).toThrow('a clock moves forward')
    expect(() => clock.wakeAt(at(Number.NaN), () => {})).toThrow('a wake is due at a time')
    const forever = (): void => void clock.wakeAt(clock.now(), forever)
    forever()
    expect(() => clock.advance(1)).toThrow('again and again')
  })

  test('does as a sorted list does, for 200 seeds', () => {
    for (let seed = 0; seed < 200; seed++) {
      const prng = new Prng(seed)
      const clock = new ManualClock()
      const woken: number[] = []
      const timers = Array.from({ length: 30 }, (_, timer) => {
        const due = prng.below(10)
        return { timer, due, handle: clock.wakeAt(at(due), () => woken.push(timer)), kept: prng.chance(2, 3) }
      })
      for (const { handle, kept } of timers) if (!kept) handle[Symbol.dispose]()
      const until = prng.below(12)
      clock.advance(until)
      const expected = timers.filter(({ due, kept }) => kept && due <= until).toSorted((a, b) => a.due - b.due)
      expect({ seed, woken }).toEqual({ seed, woken: expected.map(({ timer }) => timer) })
    }
  })
})
