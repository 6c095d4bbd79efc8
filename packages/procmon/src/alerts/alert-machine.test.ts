import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Alert, AlertRule } from '../contract.ts'
import { AlertMachine } from './alert-machine.ts'
import type { alertDefaults } from './limits.ts'

const rule: AlertRule = {
  name: 'full',
  figure: 'fileSystem.*.used',
  direction: 'above',
  raises: 0.9,
  clears: 0.8,
  holdsMs: 10_000,
  severity: 'warning',
}

function script(rules: readonly AlertRule[] = [rule], limits: Partial<typeof alertDefaults> = {}) {
  const machine = new AlertMachine(rules, limits)
  /** What is new at that second, as `rule figure state`. */
  const at = (second: number, figures: Record<string, number>): string[] => {
    const moment = { nowMs: second * 1_000, wallMs: second * 1_000 + 1_000_000 }
    return machine.step(moment, new Map(Object.entries(figures))).map(shown)
  }
  return { machine, at }
}

const shown = ({ rule: name, figure, state }: Alert): string => `${name} ${figure} ${state}`

test('raised when it has lasted, over when that has lasted', () => {
  const { machine, at } = script()
  expect(at(0, { 'fileSystem./.used': 0.95 })).toEqual([])
  expect(at(9, { 'fileSystem./.used': 0.91 })).toEqual([])
  expect(at(10, { 'fileSystem./.used': 0.93 })).toEqual(['full fileSystem./.used raised'])
  expect(machine.raised()).toEqual([
    {
      rule: 'full',
      figure: 'fileSystem./.used',
      severity: 'warning',
      state: 'raised',
      value: 0.93,
      sinceMs: 1_000_000,
      message: '/ is full to 93 %, for 10 s',
    },
  ])
  // Between both thresholds nothing changes, however long.
  for (let second = 20; second < 100; second += 10) expect(at(second, { 'fileSystem./.used': 0.85 })).toEqual([])
  expect(at(100, { 'fileSystem./.used': 0.8 })).toEqual([])
  expect(at(105, { 'fileSystem./.used': 0.81 })).toEqual([])
  expect(at(110, { 'fileSystem./.used': 0.5 })).toEqual([])
  expect(at(119, { 'fileSystem./.used': 0.5 })).toEqual([])
  expect(at(120, { 'fileSystem./.used': 0.5 })).toEqual(['full fileSystem./.used over'])
  expect(machine.raised()).toEqual([])
})

test('a moment within the threshold begins the wait anew', () => {
  const { at } = script()
  expect(at(0, { 'fileSystem./.used': 0.95 })).toEqual([])
  expect(at(5, { 'fileSystem./.used': 0.89 })).toEqual([])
  expect(at(12, { 'fileSystem./.used': 0.95 })).toEqual([])
  expect(at(21, { 'fileSystem./.used': 0.95 })).toEqual([])
  expect(at(22, { 'fileSystem./.used': 0.95 })).toEqual(['full fileSystem./.used raised'])
})

test('every figure that is meant is judged by itself, and one below too', () => {
  const below: AlertRule = { ...rule, name: 'empty', direction: 'below', raises: 0.1, clears: 0.2, holdsMs: 0 }
  const { at } = script([{ ...rule, holdsMs: 0 }, below])
  expect(at(0, { 'fileSystem./.used': 0.9, 'fileSystem./a%2Eb.used': 0.1, 'memory.used': 1 })).toEqual([
    'full fileSystem./.used raised',
    'empty fileSystem./a%2Eb.used raised',
  ])
  expect(at(1, { 'fileSystem./.used': 0.9, 'fileSystem./a%2Eb.used': 0.2 })).toEqual([
    'empty fileSystem./a%2Eb.used over',
  ])
})

test('a figure that is away for a moment goes on, one that is gone is over', () => {
  const { at } = script()
  at(0, { 'fileSystem./.used': 0.95 })
  at(5, {})
  expect(at(10, { 'fileSystem./.used': 0.95 })).toEqual(['full fileSystem./.used raised'])
  expect(at(70, {})).toEqual([])
  expect(at(71, {})).toEqual(['full fileSystem./.used over'])
})

test('time in which nobody looked does not count as having lasted', () => {
  const { at } = script()
  at(0, { 'fileSystem./.used': 0.95 })
  expect(at(300, { 'fileSystem./.used': 0.95 })).toEqual([])
  expect(at(310, { 'fileSystem./.used': 0.95 })).toEqual(['full fileSystem./.used raised'])
  at(311, { 'fileSystem./.used': 0.5 })
  expect(at(900, { 'fileSystem./.used': 0.5 })).toEqual([])
  expect(at(910, { 'fileSystem./.used': 0.5 })).toEqual(['full fileSystem./.used over'])
})

test('it remembers so many, and nothing of what is as it should be', () => {
  const { at } = script([{ ...rule, holdsMs: 0 }], { trackedMax: 2 })
  const all = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`fileSystem.${index}.used`, 0.95]))
  expect(at(0, all)).toHaveLength(2)
  expect(at(1, { 'fileSystem.0.used': 0.1 })).toHaveLength(1)
  expect(at(2, { 'fileSystem.4.used': 0.95 })).toHaveLength(1)
})

/** What the rule says, of the whole past each time. */
function naive(values: readonly (readonly [second: number, value: number])[]): string[] {
  const told: string[] = []
  let isRaised = false
  let since: number | undefined
  for (const [second, value] of values) {
    const counts = isRaised ? value <= rule.clears : value >= rule.raises
    since = counts ? (since ?? second) : undefined
    if (since === undefined || second - since < rule.holdsMs / 1_000) continue
    isRaised = !isRaised
    since = undefined
    told.push(`${second} ${isRaised ? 'raised' : 'over'}`)
    // The same value may count for the other side at once only where the thresholds overlap, which rules may not.
  }
  return told
}

test('it raises and clears as the plain reading of a rule says', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 70, max: 100 })), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(values, (steps) => {
      const { at } = script()
      let second = 0
      const timed = steps.map(([step, percent]) => [(second += step), percent / 100] as const)
      const told = timed.flatMap(([when, value]) =>
        at(when, { 'fileSystem./.used': value }).map((news) => `${when} ${news.split(' ')[2]}`),
      )
      expect(told).toEqual(naive(timed))
    }),
    { numRuns: 500 },
  )
})
