import { expect, test } from 'vitest'
import { after, type Millis } from './clock.ts'

test('after adds a duration to a time', () => {
  expect(after(100 as Millis, 25)).toBe(125)
  expect(after(100 as Millis, Infinity)).toBe(Infinity)
})
