import { expect, test } from 'vitest'
import { parseVersion, satisfies } from './engine.mjs'

test.each([
  ['24.11.0', true],
  ['24.11.1', true],
  ['24.12.0', true],
  ['26.0.0', true],
  ['100.0.0', true],
  ['24.10.9', false],
  ['22.99.99', false],
  ['9.0.0', false],
])('Node %s is new enough for >=24.11: %s', (version, expected) => {
  expect(satisfies(version, '>=24.11')).toBe(expected)
})

test('a version is read with and without its v, and with parts left out', () => {
  expect(['v24.21.0', '24.11', '26'].map(parseVersion)).toEqual([
    [24, 21, 0],
    [24, 11, 0],
    [26, 0, 0],
  ])
})

test('a range that it does not understand is refused, not guessed', () => {
  expect(() => satisfies('24.0.0', '^24')).toThrow('engines.node is "^24"; the set-up understands only ">=24.11"')
})
