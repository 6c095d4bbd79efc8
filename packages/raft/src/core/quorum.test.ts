import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jointTally, majorityOf, majorityValue, tally } from './quorum.ts'

const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 9 })

test('the value of a majority is the highest that more than half of them have reached', () => {
  fc.assert(
    fc.property(values, (members) => {
      // The dumb twin: tries each value.
      const reachedByMost = (value: number): boolean =>
        members.filter((member) => member >= value).length * 2 > members.length
      const highest = Math.max(...Array.from({ length: 10 }, (_, value) => value).filter(reachedByMost))
      expect(majorityValue(members, (member) => member)).toBe(highest)
    }),
  )
})

test('nobody decides nothing: any value is reached where there are no members', () => {
  expect(majorityValue([], () => 0)).toBe(Infinity)
  expect(tally([], new Map())).toBe('won')
})

test('two majorities of the same members always meet, and half of them is none', () => {
  for (let count = 1; count < 20; count++) {
    expect(majorityOf(count) * 2).toBeGreaterThan(count)
    expect((majorityOf(count) - 1) * 2).toBeLessThanOrEqual(count)
  }
})

const answer = fc.constantFrom(true, false, undefined)

test('a vote is won when no open answer could still lose it, and lost when none could win it', () => {
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 7 }), (given) => {
      const members = given.map((_, place) => place)
      const answers = new Map(members.flatMap((member) => answersOf(member, given[member])))
      // The dumb twin: fills in what is open, all against and all for.
      const most = (open: boolean): boolean => given.filter((one) => one ?? open).length * 2 > given.length
      expect(tally(members, answers)).toBe(most(false) ? 'won' : most(true) ? 'open' : 'lost')
    }),
  )
})

test('a joint vote needs both majorities, and is lost as soon as one of them is', () => {
  fc.assert(
    fc.property(fc.array(answer, { minLength: 6, maxLength: 6 }), fc.nat(6), fc.nat(6), (given, incoming, outgoing) => {
      const one = [0, 1, 2, 3, 4, 5].slice(0, incoming)
      const other = [0, 1, 2, 3, 4, 5].slice(6 - outgoing)
      const answers = new Map(given.flatMap((value, member) => answersOf(member, value)))
      const both = [tally(one, answers), tally(other, answers)]
      const expected = both.includes('lost') ? 'lost' : both.includes('open') ? 'open' : 'won'
      expect(jointTally(one, other, answers)).toBe(expected)
    }),
  )
})

function answersOf(member: number, given: boolean | undefined): [number, boolean][] {
  return given === undefined ? [] : [[member, given]]
}
