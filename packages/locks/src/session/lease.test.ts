import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lease, type LeaseTerms } from './lease.ts'

const terms: LeaseTerms = { ttlMs: 10_000, clockDriftPermille: 10, leaseMarginMs: 100 }
const at = (ms: number): Millis => ms as Millis

test('counts from when it was sent, less the drift and the margin', () => {
  const lease = new Lease(terms, at(1_000))
  expect(lease.end).toBe(1_000 + 9_900 - 100)
  expect(lease.isOver(at(10_799))).toBe(false)
  lease.renewed(at(9_000), at(4_000))
  expect(lease.end).toBe(13_800)
  expect(lease.renewAt).toBe(4_000 + 10_000 / 3)
})

test('an answer to an older renewal changes nothing', () => {
  const lease = new Lease(terms, at(0))
  lease.renewed(at(5_000), at(4_000))
  lease.renewed(at(5_001), at(3_000))
  expect(lease.end).toBe(13_800)
})

test('once over it is over, whatever is answered later (etcd#11456)', () => {
  const lease = new Lease(terms, at(0))
  lease.renewed(at(9_800), at(9_799))
  expect(lease.isOver(at(9_801))).toBe(true)
  const other = new Lease(terms, at(0))
  expect(other.isOver(at(9_800))).toBe(true)
  other.renewed(at(9_801), at(9_799))
  expect(other.isOver(at(9_802))).toBe(true)
})

test('ends before that of the service, however late answers are and however the clocks run within bounds', () => {
  const moment = fc.tuple(fc.nat(4_000), fc.nat(3_000), fc.nat(3_000))
  const paces = fc.tuple(
    fc.double({ min: 0.9951, max: 1.0049, noNaN: true }),
    fc.double({ min: 0.9951, max: 1.0049, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 6 }), paces, (moments, [mine, theirs]) => {
      let now = 0
      let lease: Lease | undefined
      let expiresAt = 0
      for (const [pauseMs, thereMs, backMs] of moments) {
        now += pauseMs
        const sentAt = at(now * mine)
        const appliedAt = now + thereMs
        if (lease !== undefined && appliedAt >= expiresAt) break
        expiresAt = appliedAt + terms.ttlMs / theirs
        now = appliedAt + backMs
        if (lease === undefined) lease = new Lease(terms, sentAt)
        else lease.renewed(at(now * mine), sentAt)
        expect(lease.end / mine).toBeLessThan(expiresAt)
      }
    }),
  )
})
