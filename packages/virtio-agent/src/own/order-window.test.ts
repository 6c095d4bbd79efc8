import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { idsRememberedMax } from './limits.ts'
import { OrderWindow } from './order-window.ts'

test('takes each id once, also late ones, but none that is far behind', () => {
  const window = new OrderWindow()
  expect([1, 3, 2, 3, 1, 2].map((id) => window.take(id))).toEqual([true, true, true, false, false, false])
  expect(window.take(2_000)).toBe(true)
  expect(window.take(2_000 - idsRememberedMax)).toBe(false)
  expect(window.take(2_001 - idsRememberedMax)).toBe(true)
  expect(window.take(2_001 - idsRememberedMax)).toBe(false)
})

test('whatever comes, nothing is taken twice', () => {
  const near = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 3_000, minLength: 1_000 })
  fc.assert(
    fc.property(near, (ids) => {
      const window = new OrderWindow()
      const taken = ids.filter((id) => window.take(id))
      expect(new Set(taken).size).toBe(taken.length)
    }),
    { numRuns: 30 },
  )
})
