import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { ExchangeSchedule } from './exchange-schedule.ts'
import { membershipDefaults } from './settings.ts'

const at = (ms: number): Millis => ms as Millis
const peers = ['a', 'b', 'c', 'd', 'e', 'f'] as NodeId[]
const [first] = peers as [NodeId]

/** Whom it asked to compare with, and when. */
function place() {
  const asked: string[] = []
  let nowMs = 0
  const schedule = new ExchangeSchedule(
    membershipDefaults,
    new Prng(1),
    (effect) => void (effect.type === 'exchange' && asked.push(`${nowMs} ${effect.peer}`)),
    at(0),
  )
  return {
    schedule,
    asked,
    pass: (ms: number): void => {
      nowMs = ms
      schedule.due(at(ms))
    },
  }
}

test('a peer that came is compared with at once, so many at a time', () => {
  const { schedule, asked, pass } = place()
  for (const peer of peers) schedule.up(peer)
  pass(1)
  expect(asked).toEqual(['1 a', '1 b', '1 c', '1 d'])
  schedule.ended(first, true)
  pass(2)
  expect(asked.at(-1)).toBe('2 e')
})

test('the same peer is not compared with again before the gap, and later each time it fails', () => {
  const { schedule, asked, pass } = place()
  schedule.up(first)
  pass(0)
  schedule.ended(first, true)
  schedule.want(first)
  expect(schedule.deadline).toBe(1_000)
  pass(999)
  expect(asked).toHaveLength(1)
  pass(1_000)
  expect(asked).toHaveLength(2)
  schedule.ended(first, false)
  expect(schedule.deadline).toBe(3_000)
  pass(3_000)
  schedule.ended(first, false)
  expect(schedule.deadline).toBe(7_000)
  schedule.down(first)
  pass(60_000)
  expect(asked).toHaveLength(3)
})

test('somebody is compared with now and then, and instead of who has no connection', () => {
  const { schedule, asked, pass } = place()
  schedule.up(first)
  pass(0)
  schedule.ended(first, true)
  schedule.want('nobody' as NodeId)
  pass(1_000)
  schedule.ended(first, true)
  expect(asked).toHaveLength(2)
  pass(40_000)
  expect(asked).toHaveLength(3)
})
