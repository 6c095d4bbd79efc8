import { expect, test } from 'vitest'
import { agoText } from './ago.ts'
import { countText, counted, joined, millisText, percentText } from './amounts.ts'

test('amounts have as many digits as say something', () => {
  expect([0, 0.004, 0.0994, 0.0996, 0.5, 1.46, undefined].map(percentText)).toEqual([
    '0 %',
    '0.4 %',
    '9.9 %',
    '10 %',
    '50 %',
    '146 %',
    '–',
  ])
  expect([0.204, 3.14159, 250.4, 1_500, null].map(millisText)).toEqual(['0.20 ms', '3.1 ms', '250 ms', '1.5 s', '–'])
  expect([0, 999, 1_204, 1_234_567].map(countText)).toEqual(['0', '999', '1,204', '1,234,567'])
  expect([counted(1, 'node'), counted(2, 'process', 'processes')]).toEqual(['1 node', '2 processes'])
  expect([joined([]), joined(['a']), joined(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
})

test('times are said in the unit that says most', () => {
  const now = 1_000_000_000
  const ago = [0, 4_000, 5_000, 59_000, 60_000, 3_599_000, 7_300_000, 200_000_000].map((ms) => agoText(now - ms, now))
  expect(ago).toEqual([
    'just now',
    'just now',
    '5 seconds ago',
    '59 seconds ago',
    '1 minute ago',
    '59 minutes ago',
    '2 hours ago',
    '2 days ago',
  ])
  expect(agoText(now + 86_400_000, now)).toBe('in 1 day')
})
