import { check, register } from '@flotilla/sim/history'
import { expect, test } from 'vitest'
import { longestSilence, operationsOf } from './history.ts'
import type { HistoryLine } from './programs.ts'

function line(text: string): HistoryLine {
  const [process = '', op = '', value = '', times = ''] = text.split(' ')
  const [start = 0, end] = times.split('-').map(Number)
  const [expected, replacement] = value.split('>')
  return {
    process,
    type: end === undefined ? 'info' : 'ok',
    op: op as HistoryLine['op'],
    key: 'x',
    value: replacement === undefined ? (value === 'none' ? null : value) : [expected ?? null, replacement],
    ok: end !== undefined,
    start,
    end: end ?? null,
  }
}

const verdictOf = (...texts: readonly string[]): string => check(register, operationsOf(texts.map(line))).type

test('a history that could have been is linearizable, in whatever order its lines come', () => {
  const texts = ['c read b 5-6', 'a write a 1-2', 'b cas a>b 3-4', 'd read none 0-3', 'e write e 2']
  expect(verdictOf(...texts)).toBe('linearizable')
  expect(verdictOf(...texts.toReversed())).toBe('linearizable')
})

test.each([
  ['a stale read', ['a write a 1-2', 'b write b 3-4', 'c read a 5-6']],
  ['a lost write', ['a write a 1-2', 'c read none 3-4']],
  ['a value from nowhere', ['c read z 3-4']],
  ['a write that was undone', ['a write a 1', 'b read a 2-3', 'b read none 4-5']],
  ['a swap that could not have been', ['a write a 1-2', 'b cas b>c 3-4']],
])('%s is not', (_name, texts) => {
  expect(verdictOf(...texts)).toBe('not-linearizable')
})

test('what happened at the same moment is concurrent', () => {
  expect(verdictOf('a write a 1-2', 'b read none 2-3')).toBe('linearizable')
  expect(verdictOf('a write a 1-2', 'b read none 2.001-3')).toBe('not-linearizable')
})

test('what certainly did not happen is left out, and must not have', () => {
  const failed: HistoryLine = { ...line('a write a 1-2'), type: 'fail', ok: false }
  const judge = (...lines: readonly HistoryLine[]): string => check(register, operationsOf(lines)).type
  expect(judge(failed, line('b read none 3-4'))).toBe('linearizable')
  expect(judge(failed, line('b read a 3-4'))).toBe('not-linearizable')
})

test('a swap that found another value answers so', () => {
  const refused: HistoryLine = { ...line('b cas b>c 3-4'), ok: false }
  const judge = (...lines: readonly HistoryLine[]): string => check(register, operationsOf(lines)).type
  expect(judge(line('a write a 1-2'), refused)).toBe('linearizable')
  expect(judge(line('a write b 1-2'), refused)).toBe('not-linearizable')
})

test('the longest time without an acknowledged write counts from the first call', () => {
  const lines = [
    'a read none 100-101',
    'a write a 130-140',
    'b write b 141-150',
    'c read b 151-400',
    'c write c 160-170',
  ]
  expect(longestSilence(lines.map(line))).toEqual({ ms: 40, fromMs: 0 })
  expect(longestSilence([...lines, 'd write d 171-300'].map(line))).toEqual({ ms: 130, fromMs: 70 })
})
