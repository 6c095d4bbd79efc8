import { expect, test } from 'vitest'
import type { LockWait } from '../answers/group-answers.ts'
import { waitLayout } from './wait-layout.ts'

const waits = (...pairs: readonly string[]): readonly LockWait[] =>
  pairs.map((pair) => {
    const [waiter = '', blocker = '', key = 'k'] = pair.split(' ')
    return { key, waiter: { name: waiter, owner: '' }, blocker: { name: blocker, owner: '' }, blockerHolds: true }
  })
const layoutOf = (...pairs: readonly string[]) => waitLayout(waits(...pairs), ({ name }) => name, 600)

test('whoever waits stands above whom it waits for', () => {
  const { waiters, arrows } = layoutOf('c b', 'b a', 'd a')
  const y = Object.fromEntries(waiters.map((waiter) => [waiter.name, waiter.y]))
  expect(y['c']).toBeLessThan(y['b'] ?? 0)
  expect(y['b']).toBeLessThan(y['a'] ?? 0)
  expect(y['d']).toBe(y['b'])
  expect(arrows.map(({ from, to }) => `${from.name}>${to.name}`)).toEqual(['c>b', 'b>a', 'd>a'])
  expect(waiters.some(({ isStuck }) => isStuck)).toBe(false)
})

test('a ring is seen, and only its members are in it', () => {
  const { waiters } = layoutOf('a b', 'b a', 'c a', 'b d')
  expect(waiters.filter(({ isStuck }) => isStuck).map(({ name }) => name)).toEqual(['a', 'b'])
})

test('two who wait for each other over several keys have one arrow each way', () => {
  const { arrows } = layoutOf('a b one', 'a b two', 'a b one', 'b a three')
  expect(arrows.map(({ keys }) => keys)).toEqual([['one', 'two'], ['three']])
})

test('nothing is drawn of nothing', () => {
  expect(layoutOf()).toMatchObject({ waiters: [], arrows: [] })
})
