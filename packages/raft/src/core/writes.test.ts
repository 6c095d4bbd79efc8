import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { Index, WriteNumber } from '../types.ts'
import { Writes } from './writes.ts'

const at = (index: number): Index => index as Index
const issue = (writes: Writes, upTo: number): WriteNumber => writes.issue(0 as Millis, at(upTo))

describe('writes in flight', () => {
  test('what is done is durable, with everything before it', () => {
    const writes = new Writes(at(3))
    issue(writes, 5)
    const second = issue(writes, 7)
    expect(writes.durableIndex).toBe(3)
    writes.finish(second)
    expect(writes.durableIndex).toBe(7)
  })

  test('A, then B in its place, then A again: the first A and B count for nothing', () => {
    const writes = new Writes(at(5))
    const a = issue(writes, 6)
    writes.truncateAfter(at(5))
    const b = issue(writes, 7)
    writes.truncateAfter(at(5))
    const again = issue(writes, 6)
    writes.finish(a)
    expect(writes.durableIndex).toBe(5)
    writes.finish(b)
    expect(writes.durableIndex).toBe(5)
    writes.finish(again)
    expect(writes.durableIndex).toBe(6)
  })

  test('truncation takes back what was durable, too', () => {
    const writes = new Writes(at(9))
    writes.truncateAfter(at(4))
    expect(writes.durableIndex).toBe(4)
  })

  test('a write that covers an index is the first that does', () => {
    const writes = new Writes(at(1))
    const first = issue(writes, 3)
    const second = issue(writes, 6)
    expect([1, 2, 3, 4, 6, 7].map((index) => writes.covering(at(index)))).toEqual([
      0,
      first,
      first,
      second,
      second,
      undefined,
    ])
  })

  test('an answer for a write that was never issued is our own bug', () => {
    expect(() => new Writes(at(0)).finish(1 as WriteNumber)).toThrow('only a write that was issued can be done')
  })
})
