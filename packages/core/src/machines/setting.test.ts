import { expect, test } from 'vitest'
import { wholeSetting } from './setting.ts'

test('a whole setting within its bounds is returned', () => {
  expect([1, 5, 9].map((value) => wholeSetting('queue', 'capacity', value, 1, 9))).toEqual([1, 5, 9])
})

test.each([0, 10, 1.5, Number.NaN, Infinity, -1])('a setting of %d is refused with a sentence', (value) => {
  const message = `queue: capacity is ${value}; it must be a whole number from 1 to 9`
  expect(() => wholeSetting('queue', 'capacity', value, 1, 9)).toThrow(
    expect.objectContaining({ code: 'wrong-setting', message }),
  )
})
