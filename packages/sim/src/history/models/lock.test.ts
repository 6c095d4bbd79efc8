import { describe, expect, test } from 'vitest'
import { check } from '../checker.ts'
import { handMade, never, type Row } from '../testing/handmade-history.ts'
import { lock, type LockInput, type LockOutput } from './lock.ts'

type LockRow = Row<LockInput, LockOutput>

const acquire = (owner: string): LockInput => ({ type: 'acquire', lock: 'l', owner })
const attempt = (owner: string): LockInput => ({ type: 'try-acquire', lock: 'l', owner })
const release = (owner: string, token: number): LockInput => ({ type: 'release', lock: 'l', owner, token })
const expire = (owner: string): LockInput => ({ type: 'expire', lock: 'l', owner })

const linearizable: readonly (readonly [name: string, rows: readonly LockRow[]])[] = [
  [
    'one holder after the other, with rising tokens',
    [
      ['a', 0, 1, acquire('ann'), 3],
      ['b', 2, 6, acquire('bob'), 8],
      ['a', 3, 5, release('ann', 3), true],
    ],
  ],
  [
    'a refusal while somebody holds it',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['b', 2, 3, attempt('bob'), null],
    ],
  ],
  [
    'a grant after the holder expired, and the late release refused',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['s', 2, 3, expire('ann'), null],
      ['b', 4, 5, attempt('bob'), 2],
      ['a', 6, 7, release('ann', 1), false],
    ],
  ],
  [
    'an expiry that nobody saw the end of',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['s', 2, never, expire('ann')],
      ['b', 3, 4, attempt('bob'), null],
      ['b', 5, 6, attempt('bob'), 2],
    ],
  ],
  [
    'a grant whose answer was lost, released with a token that was seen elsewhere',
    [
      ['a', 0, never, acquire('ann')],
      ['b', 1, 2, attempt('bob'), null],
      ['c', 3, 4, release('ann', 5), true],
      ['b', 5, 6, attempt('bob'), 6],
    ],
  ],
]

const notLinearizable: readonly (readonly [name: string, rows: readonly LockRow[]])[] = [
  [
    'two holders at once',
    [
      ['a', 0, 2, acquire('ann'), 1],
      ['b', 1, 3, acquire('bob'), 2],
    ],
  ],
  [
    'a second grant to the same owner',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['b', 2, 3, attempt('ann'), 2],
    ],
  ],
  [
    'a token that goes back',
    [
      ['a', 0, 1, acquire('ann'), 5],
      ['a', 2, 3, release('ann', 5), true],
      ['b', 4, 5, acquire('bob'), 3],
    ],
  ],
  [
    'the same token twice',
    [
      ['a', 0, 1, acquire('ann'), 5],
      ['a', 2, 3, release('ann', 5), true],
      ['b', 4, 5, acquire('bob'), 5],
    ],
  ],
  [
    'the same token again after the holder expired',
    [
      ['a', 0, 1, acquire('ann'), 5],
      ['s', 2, 3, expire('ann'), null],
      ['b', 4, 5, acquire('bob'), 5],
    ],
  ],
  [
    'the least token again after a grant whose answer was lost',
    [
      ['a', 0, never, acquire('ann')],
      ['b', 1, 2, attempt('bob'), null],
      ['s', 3, 4, expire('ann'), null],
      ['b', 5, 6, acquire('bob'), 0],
    ],
  ],
  [
    'a grant that goes back behind one whose answer was lost but which was released',
    [
      ['a', 0, never, acquire('ann')],
      ['c', 1, 2, release('ann', 5), true],
      ['b', 3, 4, attempt('bob'), 5],
    ],
  ],
  ['a refusal while it is free', [['b', 0, 1, attempt('bob'), null]]],
  ['a release by one who never held it', [['a', 0, 1, release('ann', 1), true]]],
  [
    'a release with a token of an earlier grant',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['s', 2, 3, expire('ann'), null],
      ['a', 4, 5, acquire('ann'), 2],
      ['a', 6, 7, release('ann', 1), true],
    ],
  ],
  [
    'a release refused to the holder',
    [
      ['a', 0, 1, acquire('ann'), 1],
      ['a', 2, 3, release('ann', 1), false],
    ],
  ],
  ['a token that is no number', [['a', 0, 1, acquire('ann'), true]]],
  ['a token that cannot be compared', [['a', 0, 1, acquire('ann'), Number.NaN]]],
]

describe('a lock may show', () => {
  test.each(linearizable)('%s', (_, rows) => {
    expect(check(lock, handMade(rows)).type).toBe('linearizable')
  })
})

describe('a lock must not show', () => {
  test.each(notLinearizable)('%s', (_, rows) => {
    expect(check(lock, handMade(rows)).type).toBe('not-linearizable')
  })
})

test('operations are described in a few words', () => {
  expect(lock.describe(acquire('ann'), 3)).toBe('acquire l as ann → token 3')
  expect(lock.describe(attempt('ann'), null)).toBe('try-acquire l as ann → busy')
  expect(lock.describe(release('ann', 3), undefined)).toBe('release l as ann with token 3 → ?')
  expect(lock.describe(expire('ann'), null)).toBe('expire ann at l')
})

test('an operation that no lock has is refused', () => {
  const strange = { type: 'steal', lock: 'l' } as unknown as LockInput
  expect(() => lock.step(lock.init(), strange, null)).toThrow('unknown lock operation')
  expect(() => lock.describe(strange, null)).toThrow('unknown lock operation')
})
