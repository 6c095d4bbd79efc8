import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { BlobId } from '../../types.ts'
import { Absence } from './absence.ts'
import { Promises } from './promises.ts'

const id = 'a' as BlobId
const other = 'b' as BlobId
const limits = { promiseMs: 1_000, promisesMax: 1 }

test('what was promised is not dropped, and what is being dropped is not promised', () => {
  const clock = new ManualClock()
  const promises = new Promises(clock, limits)
  clock.advance(1_000)
  expect(promises.mayDrop(id)).toBe(true)
  expect(promises.give(id)).toBe(true)
  expect(promises.mayDrop(id)).toBe(false)
  expect(promises.mayDrop(other)).toBe(true)
  clock.advance(999)
  expect(promises.mayDrop(id)).toBe(false)
  clock.advance(1)
  expect(promises.mayDrop(id)).toBe(true)
  const dropping = promises.dropping(id)
  expect(promises.give(id)).toBe(false)
  dropping[Symbol.dispose]()
  expect(promises.give(id)).toBe(true)
})

test('a node that has just begun keeps the promises of its last life', () => {
  const clock = new ManualClock({ nowMs: 77 })
  const promises = new Promises(clock, limits)
  clock.advance(999)
  expect(promises.mayDrop(id)).toBe(false)
  clock.advance(1)
  expect(promises.mayDrop(id)).toBe(true)
})

test('there is an end to promises', () => {
  const clock = new ManualClock()
  const promises = new Promises(clock, limits)
  expect(promises.give(id)).toBe(true)
  expect(promises.give(other)).toBe(false)
  expect(promises.give(id)).toBe(true)
  clock.advance(1_000)
  expect(promises.give(other)).toBe(true)
})

test('what is not so any more has not lasted', () => {
  const clock = new ManualClock()
  const absence = new Absence<string>(clock, 2)
  expect(absence.hasLasted('x', 10)).toBe(false)
  clock.advance(10)
  expect(absence.hasLasted('x', 10)).toBe(true)
  absence.end('x')
  expect(absence.hasLasted('x', 10)).toBe(false)
  absence.endUnseen()
  expect(absence.isWaiting).toBe(true)
  absence.endUnseen()
  expect(absence.isWaiting).toBe(false)
})
