import { expect, test } from 'vitest'
import { UsageError } from '../command-line/usage.ts'
import { parseOptions } from './options.ts'

test('says nothing about how: five rounds, as text', () => {
  expect(parseOptions(['codec', 'crypto'])).toEqual({
    names: ['codec', 'crypto'],
    rounds: 5,
    quick: false,
    format: 'text',
  })
})

test('takes rounds and a format', () => {
  expect(parseOptions(['all', '--rounds', '9', '--json'])).toMatchObject({ rounds: 9, format: 'json' })
  expect(parseOptions(['all', '--markdown'])).toMatchObject({ format: 'markdown' })
})

test('quick is one round', () => {
  expect(parseOptions(['curve', '--quick'])).toMatchObject({ rounds: 1, quick: true })
})

test('help and list need no name', () => {
  expect(parseOptions(['--help'])).toBe('help')
  expect(parseOptions(['--list'])).toBe('list')
})

test.each([
  { argv: [], says: 'name a bench, `curve` or `all`' },
  { argv: ['all', '--rounds', '0'], says: '--rounds is "0"; it must be a whole number from 1 to 1000' },
  { argv: ['all', '--rounds', '1001'], says: '--rounds is "1001"' },
  { argv: ['all', '--rounds', '2.5'], says: '--rounds is "2.5"' },
  { argv: ['all', '--rounds', '1e2'], says: '--rounds is "1e2"' },
  { argv: ['all', '--json', '--markdown'], says: 'give --json or --markdown, not both' },
  { argv: ['all', '--quick', '--rounds', '5'], says: 'give --quick or --rounds, not both' },
  { argv: ['all', '--fast'], says: '--fast' },
])('refuses $argv', ({ argv, says }) => {
  expect(() => parseOptions(argv)).toThrow(UsageError)
  expect(() => parseOptions(argv)).toThrow(says)
})
