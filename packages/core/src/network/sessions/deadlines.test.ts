import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { after, type Millis } from '../../time/index.ts'
import { Deadlines, type Deadline } from './deadlines.ts'

test('each is due at its time, in order, with one timer for all and none for none', () => {
  const action = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ remove: fc.nat({ max: 20 }) }),
    fc.record({ pass: fc.integer({ min: 1, max: 30 }) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const clock = new ManualClock()
      const waiting = new Map<number, Deadline<number>>()
      const deadlines = new Deadlines<number>(clock, 1_000, (value) => {
        expect(waiting.get(value)?.at).toBeLessThanOrEqual(clock.now())
        expect(waiting.delete(value)).toBe(true)
      })
      for (const [value, act] of actions.entries()) {
        if ('push' in act) waiting.set(value, deadlines.push(after(clock.now(), act.push), value))
        else if ('pass' in act) clock.advance(act.pass)
        else {
          const [key, deadline] = [...waiting][act.remove] ?? []
          if (key === undefined || deadline === undefined) continue
          waiting.delete(key)
          deadlines.remove(deadline)
        }
        expect(clock.timersWaiting).toBe(waiting.size > 0 ? 1 : 0)
        if (!('pass' in act)) continue
        for (const { at } of waiting.values()) expect(at).toBeGreaterThan(clock.now())
      }
    }),
  )
})

test('what is never due needs no timer', () => {
  const clock = new ManualClock()
  const deadlines = new Deadlines<string>(clock, 10, () => {})
  deadlines.remove(deadlines.push(Infinity as Millis, 'never'))
  deadlines.push(Infinity as Millis, 'never')
  expect(clock.timersWaiting).toBe(0)
})

test('one that is pushed when another is due, and one before all others, are not forgotten', () => {
  const clock = new ManualClock()
  const due: string[] = []
  const deadlines = new Deadlines<string>(clock, 10, (value) => {
    due.push(value)
    if (value === 'first') deadlines.push(after(clock.now(), 5), 'pushed')
  })
  deadlines.push(20 as Millis, 'last')
  deadlines.push(10 as Millis, 'first')
  clock.advance(15)
  expect(due).toEqual(['first', 'pushed'])
  clock.advance(5)
  expect(due).toEqual(['first', 'pushed', 'last'])
  expect(clock.timersWaiting).toBe(0)
})
