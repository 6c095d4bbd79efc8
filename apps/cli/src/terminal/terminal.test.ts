import { expect, test } from 'vitest'
import { columns, renderLines } from './lines.ts'

const hostile = '\u001B[2Ja\rb\nc\u0007\u009Bd\u202Ee\u2028\uD800f'

test('whatever a result shows is made safe, with colours and without', () => {
  const lines = [hostile, [{ tone: 'bad', text: hostile } as const, hostile], ...columns([[hostile, hostile]])]
  expect(renderLines(lines, false).replaceAll('\n', '')).toMatch(/^[ -~]*$/)
  expect(renderLines([[{ tone: 'bad', text: '\u001B[1m' }]], true)).toBe('\u001B[31m\\u{1b}[1m\u001B[39m')
})

test('columns are as wide as what is shown in them', () => {
  const lines = columns([
    ['a', '1', 'x'],
    ['\n', '222', 'y'],
  ])
  expect(renderLines(lines, false)).toBe('  a      1    x\n  \\u{a}  222  y')
})
