import { expect, test } from 'vitest'
import { ratioOf, spreadOf } from './statistics.ts'

test.each([
  { rounds: [7], spread: { median: 7, min: 7, max: 7 } },
  // By size, not by text; and the rounds stay as they were.
  { rounds: [100, 9, 20], spread: { median: 20, min: 9, max: 100 } },
  { rounds: [4, 1, 2, 3], spread: { median: 2.5, min: 1, max: 4 } },
])('the spread of $rounds', ({ rounds, spread }) => {
  const before = [...rounds]
  expect(spreadOf(rounds)).toEqual(spread)
  expect(rounds).toEqual(before)
})

test('no rounds have no spread', () => {
  expect(() => spreadOf([])).toThrow('no rounds')
})

test('the ratio is that of the medians, ours over theirs', () => {
  expect(ratioOf(spreadOf([1, 10, 1_000]), spreadOf([4, 5, 6]))).toBe(2)
})
