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
      const again = new RequestMemory(100, memory.highest, memory.gaps)
      for (let each = 1; each <= 61; each++) expect(again.hasCome(number(each))).toBe(come.has(each))
    }),
  )
})

test('it remembers only so many gaps; numbers in older ones count as come', () => {
  const memory = new RequestMemory(2)
  memory.come(number(3))
  memory.come(number(6))
  expect(memory.gaps).toEqual([
    { from: 1, to: 2 },
    { from: 4, to: 5 },
  ])
  memory.come(number(2 ** 52))
  expect(memory.gaps).toEqual([
    { from: 4, to: 5 },
    { from: 7, to: 2 ** 52 - 1 },
  ])
  expect(memory.hasCome(number(2))).toBe(true)
  expect(memory.hasCome(number(5))).toBe(false)
  memory.come(number(100))
  expect(memory.gaps).toEqual([
    { from: 7, to: 99 },
    { from: 101, to: 2 ** 52 - 1 },
  ])
  expect(memory.hasCome(number(5))).toBe(true)
})
