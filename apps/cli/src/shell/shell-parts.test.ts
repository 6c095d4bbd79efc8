import { mkdtempSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandTable } from '../command-table.ts'
import { renderLines } from '../terminal/lines.ts'
import { HistoryFile, historyPath, isKept } from './history-file.ts'
import { completedLine } from './line-completion.ts'
import { mergedLines } from './merged-output.ts'
import { readShellLine } from './shell-line.ts'
import { quotedWord, splitLine, wordsOf } from './split-line.ts'

describe('a line', () => {
  test.each([
    ['', []],
    ['  lock   ls ', ['lock', 'ls']],
    [`ps 'a b' "c d"e\\ f ''`, ['ps', 'a b', 'c de f', '']],
    [`"a\\"b" 'c\\d'`, ['a"b', 'c\\d']],
  ])('%j has words', (line, words) => {
    expect(wordsOf(line)).toEqual(words)
  })

  test('of which a quote is open is refused', () => {
    expect(() => wordsOf(`ps 'a b`)).toThrow(/quote ' is not closed/)
    expect(splitLine('ps "a b')).toMatchObject({ open: '"', words: ['ps', 'a b'] })
  })

  test('quoting gives the word back', () => {
    for (const word of ['a', 'deploy/a:1', 'two words', "it's", '', '"', '\\', 'ü', '$x']) {
      expect(wordsOf(quotedWord(word))).toEqual([word])
    }
  })

  test.each([
    ['', { type: 'nothing' }],
    ['# a note', { type: 'nothing' }],
    ['exit', { type: 'exit' }],
    ['flotilla', { type: 'help' }],
    ['flotilla status', { type: 'run', words: ['status'] }],
    ['help lock', { type: 'run', words: ['help', 'lock'] }],
    ['@all raft', { type: 'ask', nodes: 'all', words: ['raft'] }],
    ['@two,three,two status --json', { type: 'ask', nodes: ['two', 'three'], words: ['status', '--json'] }],
  ])('%j means', (line, meaning) => {
    expect(readShellLine(line)).toEqual(meaning)
  })

  test.each(['@', '@two', '@two, status', '@two top', '@all shell', '@all up'])('%j is refused', (line) => {
    expect(() => readShellLine(line)).toThrow(expect.objectContaining({ code: 'wrong-usage' }) as Error)
  })
})

describe('history', () => {
  const path = (): string => join(mkdtempSync(join(tmpdir(), 'flotilla-history-')), 'state', 'history')

  test('is for its owner alone, bounded, and there again the next time', () => {
    const file = path()
    const history = new HistoryFile(file)
    for (let each = 0; each < 1_010; each++) history.add(`status ${each}`)
    history.add('status 1009')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const again = new HistoryFile(file)
    expect(again.newest).toHaveLength(1_000)
    expect(again.newest.slice(0, 2)).toEqual(['status 1009', 'status 1008'])
  })

  test('of two shells is that of both', () => {
    const file = path()
    const [one, other] = [new HistoryFile(file), new HistoryFile(file)]
    one.add('a')
    other.add('b')
    expect(readFileSync(file, 'utf8')).toBe('a\nb\n')
  })

  test('does without a file that cannot be written', () => {
    const file = path()
    mkdirSync(join(file, '..', '..'), { recursive: true })
    writeFileSync(join(file, '..'), 'no folder')
    const history = new HistoryFile(file)
    history.add('a')
    expect(history.newest).toEqual(['a'])
  })

  test('keeps no secrets, and nothing that begins with a blank', () => {
    expect(isKept('status')).toBe(true)
    for (const line of ['', ' status', 'join flj1qyqgj2s7n53swk', 'x --token abc', 'x'.repeat(5_000)]) {
      expect(isKept(line)).toBe(false)
    }
  })

  test('lies where such files do', () => {
    expect(historyPath({ XDG_STATE_HOME: '/state', HOME: '/home' })).toBe('/state/flotilla/history')
    expect(historyPath({ XDG_STATE_HOME: 'odd', HOME: '/home' })).toBe('/home/.local/state/flotilla/history')
  })
})

test('what nodes say stands behind their names; the same thing stands there once', () => {
  const outputs = [
    { node: 'one', exitCode: 0, stdout: 'a\nb\n', stderr: '' },
    { node: 'two', exitCode: 1, stdout: '', stderr: 'no\n' },
    { node: 'three', exitCode: 0, stdout: 'a\nb\n', stderr: '' },
  ]
  expect(renderLines(mergedLines(outputs), false).split('\n')).toEqual([
    'one, three │ a',
    'one, three │ b',
    'two        │ no',
  ])
  expect(mergedLines([])).toEqual([])
})

describe('completion of a line', () => {
  const completion = {
    table: commandTable,
    live: (kind: string): Promise<readonly string[]> => Promise.resolve([`${kind} 1`, `${kind}2`]),
    files: (start: string): Promise<readonly string[]> => Promise.resolve([`${start}file`, `${start}folder/`]),
  }

  test.each([
    ['lo', ['lock '], 'lo'],
    ['lock sh', ['show '], 'sh'],
    ['ex', ['exit '], 'ex'],
    ['lock show ', ["'lock 1' ", 'lock2 '], ''],
    ["lock show 'lock ", ["'lock 1' "], "'lock "],
    ['@', ['@all ', '@node 1 ', '@node2 '], '@'],
    ['@two,node2', ['@two,node2 '], '@two,node2'],
    ['@all st', ['status '], 'st'],
    ['blob put a', ['afile ', 'afolder/'], 'a'],
    ['frobnicate x', [], 'x'],
  ])('%j', async (line, words, part) => {
    expect(await completedLine(line, completion)).toEqual({ words, part })
  })
})
