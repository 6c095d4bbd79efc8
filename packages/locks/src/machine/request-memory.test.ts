import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LockRequest } from './ids.ts'
import { RequestMemory } from './request-memory.ts'

const number = (value: number): LockRequest => value as LockRequest

test('each number comes once, whatever the order', () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 100 })
  fc.assert(
    fc.property(numbers, (drawn) => {
      const memory = new RequestMemory(100)
      const come = new Set<number>()
      for (const each of drawn) {
        expect(memory.hasCome(number(each))).toBe(come.has(each))
        memory.come(number(each))
        come.add(each)
      }
      const again = new RequestMemory(100, memory.highest, memory.missing)
      for (let each = 1; each <= 61; each++) expect(again.hasCome(number(each))).toBe(come.has(each))
    }),
  )
})

test('it remembers only so many that are missing; older ones count as come', () => {
  const memory = new RequestMemory(3)
  memory.come(number(10))
  expect(memory.missing).toEqual([7, 8, 9])
  expect(memory.hasCome(number(6))).toBe(true)
  memory.come(number(8))
  memory.come(number(13))
  expect(memory.missing).toEqual([9, 11, 12])
  expect(memory.hasCome(number(7))).toBe(true)
  memory.come(number(2 ** 52))
  expect(memory.missing).toHaveLength(3)
  expect(memory.highest).toBe(2 ** 52)
})
