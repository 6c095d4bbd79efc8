import { expect, test } from 'vitest'
import { parseRoute, routeHref } from './hash-route.ts'

test('an address is read as it was written', () => {
  const href = routeHref(['vms', 'fl1 x', 'web/1'], { filter: 'cpu>10% a&b', sort: '', node: undefined })
  const { parts, query } = parseRoute(href)
  expect(parts).toEqual(['vms', 'fl1 x', 'web/1'])
  expect([...query]).toEqual([['filter', 'cpu>10% a&b']])
})

test.each(['', '#', '#/', '#//', '/'])('%j is the beginning', (hash) => {
  expect(parseRoute(hash).parts).toEqual([])
})

test('what somebody has written by hand is taken as it is', () => {
  expect(parseRoute('#/nodes/%zz').parts).toEqual(['nodes', '%zz'])
})
