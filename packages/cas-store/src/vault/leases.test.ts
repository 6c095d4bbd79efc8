import { array, assert as check, boolean, nat, property, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { Leases } from './leases.ts'

test('a watch knows the lowest generation of all who have run since', () => {
  const leases = new Leases()
  const one = leases.begin(3)
  const other = leases.begin(5)
  const watch = leases.watch()
  one[Symbol.dispose]()
  other[Symbol.dispose]()
  expect(watch.lowest).toBe(3)
  watch[Symbol.dispose]()
  expect(leases.watch().lowest).toBe(Infinity)
})

test('one that begins later counts as well, and one that has ended twice counts once', () => {
  const leases = new Leases()
  const watch = leases.watch()
  const late = leases.begin(5)
  const twin = leases.begin(5)
  late[Symbol.dispose]()
  late[Symbol.dispose]()
  expect(leases.count).toBe(1)
  expect(watch.lowest).toBe(5)
  watch[Symbol.dispose]()
  expect(leases.watch().lowest).toBe(5)
  twin[Symbol.dispose]()
  expect(leases.watch().lowest).toBe(Infinity)
})

test('it is the lowest of a list of all', () => {
  check(
    property(array(tuple(nat(5), boolean())), array(nat(5)), (before, after) => {
      const leases = new Leases()
      const running: number[] = []
      for (const [generation, ends] of before) {
        const lease = leases.begin(generation)
        if (ends) lease[Symbol.dispose]()
        else running.push(generation)
      }
      const watch = leases.watch()
      for (const generation of after) leases.begin(generation)[Symbol.dispose]()
      expect(watch.lowest).toBe(Math.min(...running, ...after))
      expect(leases.count).toBe(running.length)
    }),
  )
})
