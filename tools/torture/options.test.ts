import { expect, test } from 'vitest'
import { UsageError } from '../command-line/usage.ts'
import { faultKinds } from './faults.ts'
import { parseOptions } from './options.ts'

test('what is not said is as the usage says', () => {
  expect(parseOptions(['raft'], 7)).toEqual({ seconds: 60, seed: 7, faults: faultKinds, history: undefined })
  expect(parseOptions(['raft', '--help'], 7)).toBe('help')
})

test('everything can be said', () => {
  const argv = ['raft', '--minutes', '0.5', '--seed', '3', '--history', 'out.jsonl', '--faults', 'kill,cut']
  expect(parseOptions(argv, 7)).toEqual({ seconds: 30, seed: 3, faults: ['kill', 'cut'], history: 'out.jsonl' })
})

test.each([
  [[], 'say what to torture'],
  [['locks'], 'say what to torture'],
  [['raft', 'raft'], 'say what to torture'],
  [['raft', '--minutes', '0'], '--minutes is 0; it must be a number above 0'],
  [['raft', '--minutes', 'five'], '--minutes is five'],
  [['raft', '--minutes', '1441'], 'at most 1440'],
  [['raft', '--seed', '-1'], '--seed'],
  [['raft', '--faults', 'kill,hug'], 'there is no fault "hug"; there are kill, kill-all, pause'],
  [['raft', '--sed', '1'], "Unknown option '--sed'"],
])('%j is refused', (argv, sentence) => {
  expect(() => parseOptions(argv, 7)).toThrow(UsageError)
  expect(() => parseOptions(argv, 7)).toThrow(sentence)
})
