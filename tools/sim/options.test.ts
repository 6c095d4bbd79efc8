import { describe, expect, test } from 'vitest'
import { parseOptions } from './options.ts'

const refusal = (line: string): string => {
  try {
    parseOptions(line.split(' ').filter((word) => word !== ''))
    return 'taken'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the command line of the simulator', () => {
  test('takes suites and seeds', () => {
    expect(parseOptions(['register', '--seeds', '3..9', '--twice', '--json', '--jobs', '1'])).toEqual({
      suites: ['register'],
      firstSeed: 3,
      lastSeed: 9,
      usual: false,
      minutes: undefined,
      jobs: 1,
      twiceIn: 1,
      trace: false,
      json: true,
    })
    expect(parseOptions(['all'])).toMatchObject({ firstSeed: 1, lastSeed: 100 })
    expect(parseOptions(['all', '--minutes', '0.5'])).toMatchObject({ firstSeed: 1, lastSeed: undefined, minutes: 0.5 })
    expect(parseOptions(['a', '--seed', '7', '--trace'])).toMatchObject({ firstSeed: 7, lastSeed: 7, trace: true })
    expect(parseOptions(['all', '--usual'])).toMatchObject({ firstSeed: 1, usual: true })
    expect(parseOptions(['all', '--usual', '--twice-in', '4'])).toMatchObject({ twiceIn: 4 })
    expect(parseOptions(['all'])).toMatchObject({ twiceIn: 0 })
    expect(parseOptions(['--help'])).toBe('help')
    expect(parseOptions(['--list'])).toBe('list')
  })

  test.each([
    ['', 'name a suite'],
    ['a --seeds 9..3', 'must not be larger'],
    ['a --seeds 1..2..3', 'like 1..100'],
    ['a --seeds x', 'a seed is "x"; it must be a whole number from 0 to 4294967295'],
    ['a --seed 4294967296', 'whole number'],
    ['a --seed 1 --seeds 1..2', 'not both'],
    ['a --usual --seeds 1..2', '--usual says how many seeds already'],
    ['a --twice --twice-in 2', 'not both'],
    ['a --twice-in 0', 'from 1 to'],
    ['a --minutes 0', 'above 0'],
    ['a --jobs 0', 'from 1 to 64'],
    ['a --trace', '--trace takes one suite and one --seed'],
    ['all --seed 1 --trace', '--trace takes one suite'],
    ['a --colour', "'--colour'"],
  ])('refuses "%s" with a sentence', (line, part) => {
    expect(refusal(line)).toContain(part)
  })
})
