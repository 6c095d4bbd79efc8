import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Millis } from '../time/index.ts'
import { DeadlineHeap, type Deadline } from './deadline-heap.ts'

const at = (ms: number): Millis => ms as Millis

describe('a deadline heap', () => {
  test('gives out by time, then in the order in which they came', () => {
    const heap = new DeadlineHeap<string>()
    for (const [value, ms] of [
      ['d', 9],
      ['b', 5],
      ['c', 5],
      ['a', 1],
      ['e', Infinity],
    ] as const)
      heap.push(at(ms), value)
    expect(heap.peek()).toMatchObject({ at: 1, value: 'a' })
    expect(heap.popDue(at(0))).toBeUndefined()
    expect([heap.popDue(at(5)), heap.popDue(at(5)), heap.popDue(at(5))].map((due) => due?.value)).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(heap.popDue(at(5))).toBeUndefined()
    expect([heap.pop()?.value, heap.pop()?.value, heap.pop()]).toEqual(['d', 'e', undefined])
  })

  test('removes by handle, once, and only its own', () => {
    const [heap, other] = [new DeadlineHeap<string>(), new DeadlineHeap<string>()]
    const handle = heap.push(at(1), 'a')
    other.push(at(1), 'a')
    expect(other.remove(handle)).toBe(false)
    expect([heap.remove(handle), heap.remove(handle)]).toEqual([true, false])
    const popped = heap.push(at(1), 'b')
    heap.pop()
    heap.push(at(2), 'c')
    expect([heap.remove(popped), heap.size]).toEqual([false, 1])
  })

  test('does as a sorted list does', () => {
    const step = fc.record({
      what: fc.constantFrom('push', 'push', 'push', 'due', 'pop', 'remove'),
      number: fc.nat(30),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heap = new DeadlineHeap<number>()
        let twin: Deadline<number>[] = []
        const handles: Deadline<number>[] = []
        const pushBoth = (value: number, number: number): void => {
          const handle = heap.push(at(number), value)
          handles.push(handle)
          twin = [...twin, handle].toSorted((a, b) => a.at - b.at) // Stable, so equal times stay in order.
        }
        const removeTwin = (handle: Deadline<number>): boolean => {
          const there = twin.includes(handle)
          twin = twin.filter((kept) => kept !== handle)
          return there
        }
        for (const [value, { what, number }] of steps.entries()) {
          const isDue = (twin[0]?.at ?? Infinity) <= number
          const handle = handles[number] ?? { at: at(0), value: 0 }
          const [got, wanted] = {
            push: () => [pushBoth(value, number), undefined],
            due: () => [heap.popDue(at(number)), isDue ? twin.shift() : undefined],
            pop: () => [heap.pop(), twin.shift()],
            remove: () => [heap.remove(handle), removeTwin(handle)],
          }[what]()
          expect([got, heap.size, heap.peek()]).toEqual([wanted, twin.length, twin[0]])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('compares a few times the logarithm of its size, not its size', () => {
    // Counts how often a deadline is looked at: with 2^14 others, a linear search would look at thousands.
    const heap = new DeadlineHeap<number>()
    for (let index = 0; index < 2 ** 14; index++) heap.push(at((index * 7_919) % 10_007), index)
    let looks = 0
    const counted = { valueOf: () => (looks++, 5_000) } as unknown as Millis
    const handle = heap.push(counted, -1)
    expect(heap.remove(handle)).toBe(true)
    expect(looks).toBeLessThan(14 * 4)
  })

  test('refuses one too many, and what is no time', () => {
    const heap = new DeadlineHeap<string>({ entriesMax: 1 })
    heap.push(at(1), 'a')
    expect(() => heap.push(at(1), 'b')).toThrow(expect.objectContaining({ code: 'overloaded' }))
    expect(() => heap.push(at(Number.NaN), 'b')).toThrow('a deadline is a number')
    expect(() => new DeadlineHeap({ entriesMax: 0 })).toThrow('deadline heap: entriesMax is 0')
  })
})
