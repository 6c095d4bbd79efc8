import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundedQueue } from './bounded-queue.ts'

describe('a bounded queue', () => {
  test('refuses what does not fit, and counts it', () => {
    const queue = new BoundedQueue<string>({ capacity: 2, whenFull: 'refuse' })
    expect(['a', 'b', 'c'].map((item) => queue.push(item))).toEqual([true, true, false])
    expect([queue.size, queue.dropped, [...queue]]).toEqual([2, 1, ['a', 'b']])
    expect([queue.shift(), queue.push('d'), [...queue]]).toEqual(['a', true, ['b', 'd']])
  })

  test('or drops the oldest, and counts it', () => {
    const queue = new BoundedQueue<string>({ capacity: 2, whenFull: 'drop-oldest' })
    expect(['a', 'b', 'c'].map((item) => queue.push(item))).toEqual([true, true, true])
    expect([queue.size, queue.dropped, [...queue]]).toEqual([2, 1, ['b', 'c']])
  })

  test('does as a plain list does', () => {
    const steps = fc.array(fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'peek'), { maxLength: 300 })
    const policy = fc.constantFrom('refuse' as const, 'drop-oldest' as const)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), policy, steps, (capacity, whenFull, todo) => {
        const queue = new BoundedQueue<number>({ capacity, whenFull })
        const twin: number[] = []
        let dropped = 0
        const pushTwin = (item: number): boolean => {
          const gives = twin.length === capacity
          if (gives) dropped++
          if (gives && whenFull === 'refuse') return false
          if (gives) twin.shift()
          return twin.push(item) > 0
        }
        for (const [item, step] of todo.entries()) {
          const [got, wanted] = {
            push: () => [queue.push(item), pushTwin(item)],
            shift: () => [queue.shift(), twin.shift()],
            peek: () => [queue.peek(), twin[0]],
          }[step]()
          expect([got, queue.size, queue.dropped]).toEqual([wanted, twin.length, dropped])
        }
        expect([...queue]).toEqual(twin)
      }),
    )
  })

  test('is empty after a clear, and goes on', () => {
    const queue = new BoundedQueue<number>({ capacity: 40, whenFull: 'refuse' })
    for (let item = 0; item < 50; item++) queue.push(item)
    queue.shift()
    queue.clear()
    expect([queue.size, queue.peek(), queue.shift(), queue.dropped]).toEqual([0, undefined, undefined, 10])
    for (let item = 0; item < 50; item++) queue.push(item)
    expect([...queue]).toEqual(Array.from({ length: 40 }, (_, item) => item))
  })

  test('refuses a wrong capacity', () => {
    expect(() => new BoundedQueue({ capacity: 0, whenFull: 'refuse' })).toThrow('bounded queue: capacity is 0')
  })
})
