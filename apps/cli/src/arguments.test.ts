import { describe, expect, test } from 'vitest'
import { chooseCommand, readWords } from './arguments.ts'
import type { Command } from './commands/command.ts'
import { engineProblem } from './engine.ts'
import { nearest } from '@flotilla/core/text'

const option = { name: 'limit', placeholder: 'N', description: '' }
const commands: readonly Command[] = [
  command({ name: 'list', options: [option] }),
  command({ name: 'id check', words: { least: 1, most: 1 } }),
  command({ name: 'id show' }),
  command({ name: 'up', handsOn: true }),
]

function command(parts: Partial<Command> & { readonly name: string }): Command {
  const run = (): never => {
    throw new Error('not to be run')
  }
  return { summary: '', usage: `flotilla ${parts.name}`, options: [], words: { least: 0, most: 0 }, run, ...parts }
}

function read(...argv: readonly string[]): { name: string | undefined; options: object; words: readonly string[] } {
  const chosen = chooseCommand(argv, commands)
  if (chosen.type !== 'command') return { name: undefined, options: Object.fromEntries(chosen.options), words: [] }
  const { options, words } = readWords(chosen.listed, chosen)
  return { name: chosen.listed.name, options: Object.fromEntries(options), words }
}

test('options stand where one would write them', () => {
  expect(read()).toEqual({ name: undefined, options: {}, words: [] })
  expect(read('--json', 'list', '--limit', '5')).toEqual({ name: 'list', options: { json: '', limit: '5' }, words: [] })
  expect(read('list', '--limit=', '-h')).toEqual({ name: 'list', options: { limit: '', help: '' }, words: [] })
  expect(read('id', 'check', 'a', '--json').words).toEqual(['a'])
  expect(read('id', 'check', '--', '--json')).toEqual({ name: 'id check', options: {}, words: ['--json'] })
  expect(read('id', 'check', '--help').options).toEqual({ help: '' })
})

test('a command that hands on takes for itself only what is ours', () => {
  expect(read('up', '--port', '0', '--no-color', '--json')).toEqual({
    name: 'up',
    options: { 'no-color': '' },
    words: ['--port', '0', '--json'],
  })
  expect(read('up', '--help').options).toEqual({ help: '' })
  expect(read('up', '--', '--help')).toEqual({ name: 'up', options: {}, words: ['--help'] })
})

describe('wrong usage is refused with a way out', () => {
  const cases: readonly (readonly [line: string, sentence: RegExp])[] = [
    ['lits', /no command "lits": did you mean `flotilla list`/],
    ['id', /write `flotilla id check` or `flotilla id show`/],
    ['id chekc x', /"id chekc" is no command/],
    ['frobnicate', /no command "frobnicate": see `flotilla help`/],
    ['list --lines 3', /no option "--lines" here: see `flotilla help list`/],
    ['--limit 3 list', /no option "--limit" here/],
    ['list --limit', /--limit has no value: write --limit N/],
    ['list --limit 1 --limit 2', /--limit is given twice/],
    ['list --json=yes', /--json takes no value/],
    ['list more', /"more" is too much: write `flotilla list`/],
    ['id check', /something is missing: write `flotilla id check`/],
    ['-x', /no option "-x" here/],
    ['list --__proto__ 1', /no option "--__proto__" here/],
  ]
  test.each(cases)('%s', (line, sentence) => {
    expect(() => read(...line.split(' '))).toThrow(
      expect.objectContaining({ code: 'wrong-usage', sentence: expect.stringMatching(sentence) as string }),
    )
  })
})

test('the nearest command is near', () => {
  const names = ['status', 'history', 'check', 'up']
  expect(['statsu', 'histroy', 'chek', 'pu', 'sttus'].map((word) => nearest(word, names))).toEqual([
    'status',
    'history',
    'check',
    'up',
    'status',
  ])
  expect(['x', '', 'mount', 'statistics'].map((word) => nearest(word, names))).toEqual(Array(4).fill(undefined))
})

test('an engine that is too old is named', () => {
  expect(engineProblem('20.20.2')).toMatch(/this is Node 20\.20\.2, and Flotilla needs 24\.11 or newer: start it with/)
  expect(['24.10.9', '18.0.0'].map((version) => engineProblem(version) === undefined)).toEqual([false, false])
  expect(['24.11.0', '24.21.0', '26.0.0'].map(engineProblem)).toEqual([undefined, undefined, undefined])
})
