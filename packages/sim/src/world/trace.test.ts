import { expect, test } from 'vitest'
import { formatEvent, Trace, type TraceEvent } from './trace.ts'

const event = (atMs: number, what = 'sent'): TraceEvent => ({ atMs, where: 'a>b', what, detail: 'raft 12 B' })

function hashOf(events: readonly TraceEvent[], bytes: readonly number[] = []): string {
  const trace = new Trace()
  for (const one of events) trace.record(one)
  trace.mixBytes(Uint8Array.from(bytes))
  return trace.hash()
}

test('equal events have equal hashes; a difference in time, order, words or bytes shows', () => {
  const base = [event(1), event(2, 'lost')]
  expect(hashOf(base)).toBe(hashOf([event(1), event(2, 'lost')]))
  const others = [
    hashOf([event(1.001), event(2, 'lost')]),
    hashOf([event(2, 'lost'), event(1)]),
    hashOf([event(1), event(2, 'held')]),
    hashOf([event(1)]),
    hashOf(base, [1]),
    hashOf(base, [2]),
  ]
  expect(new Set([hashOf(base), ...others]).size).toBe(7)
})

test('no two of many slightly different runs have the same hash', () => {
  const hashes = new Set(Array.from({ length: 20_000 }, (_, index) => hashOf([event(index / 1_000), event(index)])))
  expect(hashes.size).toBe(20_000)
})

test('remembers the last events, oldest first, and counts all', () => {
  const trace = new Trace()
  for (let index = 0; index < 1_000; index++) trace.record(event(index))
  expect(trace.last(3).map(({ atMs }) => atMs)).toEqual([997, 998, 999])
  expect(trace.count).toBe(1_000)
  expect(trace.last(10_000).length).toBeLessThanOrEqual(256)
})

test('an event is a line for people', () => {
  expect(formatEvent(event(1_500.25))).toBe('    1.500250  a>b          sent raft 12 B')
  expect(formatEvent({ atMs: 0, where: 'world', what: 'mended' })).toBe('    0.000000  world        mended')
})
