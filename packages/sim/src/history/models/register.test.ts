import { describe, expect, test } from 'vitest'
import { check } from '../checker.ts'
import { handMade, never, type Row } from '../testing/handmade-history.ts'
import { register, type RegisterInput, type RegisterOutput, type RegisterValue } from './register.ts'

type RegisterRow = Row<RegisterInput, RegisterOutput>

const read: RegisterInput = { type: 'read', key: 'x' }
const write = (value: RegisterValue): RegisterInput => ({ type: 'write', key: 'x', value })
const swap = (expected: RegisterValue, value: RegisterValue): RegisterInput => {
  return { type: 'compare-and-set', key: 'x', expected, value }
}

const linearizable: readonly (readonly [name: string, rows: readonly RegisterRow[]])[] = [
  ['nothing at all', []],
  ['a read of null before any write', [['a', 0, 1, read, null]]],
  [
    'a read during a write may see it or not',
    [
      ['a', 0, 5, write(1), null],
      ['b', 1, 2, read, null],
      ['b', 3, 4, read, 1],
    ],
  ],
  [
    'concurrent writes that two readers see in the same order',
    [
      ['a', 0, 10, write(1), null],
      ['b', 1, 11, write(2), null],
      ['c', 2, 3, read, 1],
      ['d', 4, 5, read, 1],
      ['c', 6, 7, read, 2],
      ['d', 8, 9, read, 2],
    ],
  ],
  [
    'an unknown write that appears late',
    [
      ['a', 0, never, write(1)],
      ['b', 1, 2, write(2), null],
      ['b', 3, 4, read, 2],
      ['b', 5, 6, read, 1],
    ],
  ],
  [
    'an unknown write that never appears',
    [
      ['a', 0, never, write(1)],
      ['b', 1, 2, read, null],
      ['b', 3, 4, read, null],
    ],
  ],
  [
    'an unknown compare-and-set that makes another one possible',
    [
      ['a', 0, never, swap(null, 1)],
      ['b', 1, 2, swap(1, 2), true],
    ],
  ],
  [
    'a refused compare-and-set beside the write that makes it refuse',
    [
      ['a', 0, 3, write(1), null],
      ['b', 1, 2, swap(null, 2), false],
    ],
  ],
]

const notLinearizable: readonly (readonly [name: string, rows: readonly RegisterRow[]])[] = [
  [
    'a stale read after the write returned',
    [
      ['a', 0, 1, write(1), null],
      ['a', 2, 3, write(2), null],
      ['b', 4, 5, read, 1],
    ],
  ],
  [
    'a read of null after the write returned',
    [
      ['a', 0, 1, write(1), null],
      ['b', 2, 3, read, null],
    ],
  ],
  [
    'two reads that see the new value and then the old one',
    [
      ['a', 0, 5, write(1), null],
      ['b', 1, 2, read, 1],
      ['c', 3, 4, read, null],
    ],
  ],
  [
    'concurrent writes that two readers see in different orders',
    [
      ['a', 0, 10, write(1), null],
      ['b', 1, 11, write(2), null],
      ['c', 2, 3, read, 1],
      ['d', 4, 5, read, 2],
      ['c', 6, 7, read, 2],
      ['d', 8, 9, read, 1],
    ],
  ],
  ['a value that nobody wrote', [['a', 0, 1, read, 7]]],
  [
    'a value that is written only after it was read',
    [
      ['a', 0, 1, read, 7],
      ['b', 2, 3, write(7), null],
    ],
  ],
  [
    'a lost update: two compare-and-sets from the same value',
    [
      ['a', 0, 2, swap(null, 1), true],
      ['b', 1, 3, swap(null, 2), true],
    ],
  ],
  [
    'a compare-and-set refused although nothing stood in its way',
    [
      ['a', 0, 1, write(1), null],
      ['a', 2, 3, swap(1, 2), false],
    ],
  ],
  [
    'an unknown write that appears and disappears again',
    [
      ['a', 0, never, write(1)],
      ['b', 1, 2, read, 1],
      ['b', 3, 4, read, null],
    ],
  ],
  [
    'an unknown write that appears twice',
    [
      ['a', 0, never, write(1)],
      ['b', 1, 2, read, 1],
      ['b', 3, 4, write(2), null],
      ['b', 5, 6, read, 1],
    ],
  ],
]

describe('a register may show', () => {
  test.each(linearizable)('%s', (_, rows) => {
    expect(check(register, handMade(rows)).type).toBe('linearizable')
  })
})

describe('a register must not show', () => {
  test.each(notLinearizable)('%s', (_, rows) => {
    expect(check(register, handMade(rows)).type).toBe('not-linearizable')
  })
})

test('values of different types are different values', () => {
  const rows: readonly RegisterRow[] = [
    ['a', 0, 3, write(1), null],
    ['b', 1, 2, write('1'), null],
    ['c', 4, 5, read, 1],
  ]
  expect(check(register, handMade(rows)).type).toBe('linearizable')
  const both: readonly RegisterRow[] = [...rows, ['c', 6, 7, read, '1']]
  expect(check(register, handMade(both)).type).toBe('not-linearizable')
})

test('operations are described in a few words', () => {
  expect(register.describe(read, undefined)).toBe('read x → ?')
  expect(register.describe(write('a'), null)).toBe('write x = "a"')
  expect(register.describe(swap(1, 2), true)).toBe('set x = 2 if 1 → true')
})

test('an operation that no register has is refused', () => {
  const strange = { type: 'delete', key: 'x' } as unknown as RegisterInput
  expect(() => register.step(null, strange, null)).toThrow('unknown register operation')
  expect(() => register.describe(strange, null)).toThrow('unknown register operation')
})
