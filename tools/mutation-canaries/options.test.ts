import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('the command line of the canaries', () => {
  expect(parseOptions([])).toEqual({ packages: [], only: undefined, seedsMax: 2_000, jobs: 2, write: true })
  expect(parseOptions(['raft', '--only', 'no-sync', '--seeds', '9'])).toMatchObject({
    packages: ['raft'],
    only: 'no-sync',
    seedsMax: 9,
    write: false,
  })
  expect(parseOptions(['--help'])).toBe('help')
  expect(() => parseOptions(['--only', 'no-sync'])).toThrow('--only takes one package')
  expect(() => parseOptions(['--seeds', '0'])).toThrow('--seeds is "0"')
})
