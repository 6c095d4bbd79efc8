import { describe, expect, test } from 'vitest'
import { check } from '../checker.ts'
import { handMade, never, type Row } from '../testing/handmade-history.ts'
import { queue, type QueueInput, type QueueOutput, type QueueValue } from './queue.ts'

type QueueRow = Row<QueueInput, QueueOutput>

const put = (value: QueueValue): QueueInput => ({ type: 'enqueue', queue: 'q', value })
const take: QueueInput = { type: 'dequeue', queue: 'q' }

const linearizable: readonly (readonly [name: string, rows: readonly QueueRow[]])[] = [
  [
    'the oldest first, and nothing when it is empty',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(2), null],
      ['b', 4, 5, take, 1],
      ['b', 6, 7, take, 2],
      ['b', 8, 9, take, null],
    ],
  ],
  [
    'concurrent enqueues in either order',
    [
      ['a', 0, 3, put(1), null],
      ['b', 1, 2, put(2), null],
      ['c', 4, 5, take, 1],
      ['c', 6, 7, take, 2],
    ],
  ],
  [
    'an enqueue without an answer that is dequeued late',
    [
      ['a', 0, never, put(1)],
      ['b', 1, 2, take, null],
      ['b', 3, 4, put(2), null],
      ['b', 5, 6, take, 2],
      ['b', 7, 8, take, 1],
    ],
  ],
  [
    'a value that a dequeue without an answer took',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(2), null],
      ['b', 4, never, take],
      ['c', 5, 6, take, 2],
    ],
  ],
  [
    'a queue emptied by a dequeue without an answer',
    [
      ['a', 0, 1, put(1), null],
      ['b', 2, never, take],
      ['c', 3, 4, take, null],
    ],
  ],
  [
    'the same value twice, if it was enqueued twice',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(1), null],
      ['b', 4, 5, take, 1],
      ['b', 6, 7, take, 1],
    ],
  ],
]

const notLinearizable: readonly (readonly [name: string, rows: readonly QueueRow[]])[] = [
  [
    'a value dequeued twice',
    [
      ['a', 0, 1, put(1), null],
      ['b', 2, 4, take, 1],
      ['c', 3, 5, take, 1],
    ],
  ],
  [
    'values reordered',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(2), null],
      ['b', 4, 5, take, 2],
      ['b', 6, 7, take, 1],
    ],
  ],
  [
    'a value vanished, seen by what came after it',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(2), null],
      ['b', 4, 5, take, 2],
    ],
  ],
  [
    'a value vanished, seen by an empty queue',
    [
      ['a', 0, 1, put(1), null],
      ['b', 2, 3, take, null],
    ],
  ],
  [
    'two values vanished, and only one dequeue without an answer',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(2), null],
      ['b', 4, never, take],
      ['c', 5, 6, take, null],
    ],
  ],
  ['a value that nobody enqueued', [['a', 0, 1, take, 7]]],
  [
    'a value dequeued before it was enqueued',
    [
      ['a', 0, 1, take, 7],
      ['b', 2, never, put(7)],
    ],
  ],
  [
    'an enqueue without an answer that is dequeued twice',
    [
      ['a', 0, never, put(1)],
      ['b', 1, 2, take, 1],
      ['b', 3, 4, take, 1],
    ],
  ],
  [
    'a value dequeued three times that was enqueued twice',
    [
      ['a', 0, 1, put(1), null],
      ['a', 2, 3, put(1), null],
      ['b', 4, 5, take, 1],
      ['b', 6, 7, take, 1],
      ['b', 8, 9, take, 1],
    ],
  ],
]

describe('a queue may show', () => {
  test.each(linearizable)('%s', (_, rows) => {
    expect(check(queue, handMade(rows)).type).toBe('linearizable')
  })
})

describe('a queue must not show', () => {
  test.each(notLinearizable)('%s', (_, rows) => {
    expect(check(queue, handMade(rows)).type).toBe('not-linearizable')
  })
})

test('operations are described in a few words', () => {
  expect(queue.describe(put('a'), null)).toBe('enqueue "a" at q')
  expect(queue.describe(take, undefined)).toBe('dequeue from q → ?')
  expect(queue.describe(take, null)).toBe('dequeue from q → null')
})
