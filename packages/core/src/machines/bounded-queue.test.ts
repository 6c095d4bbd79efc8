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
    const steps = fc.array(fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'peek', 'clear'), {
      maxLength: 300,
    })
    const policy = fc.constantFrom('refuse' as const, 'drop-oldest' as const)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), policy, steps, (capacity, whenFull, todo) => {
        const queue = new BoundedQueue<number>({ capacity, whenFull })
        const twin: number[] = []
        let dropped = 0
        for (const [item, step] of todo.entries()) {
          if (step === 'push') {
            const fits = twin.length < capacity
            expect(queue.push(item)).toBe(fits || whenFull === 'drop-oldest')
            if (!fits) dropped++
            if (!fits && whenFull === 'drop-oldest') twin.shift()
            if (fits || whenFull === 'drop-oldest') twin.push(item)
          }
          if (step === 'shift') expect(queue.shift()).toBe(twin.shift())
          if (step === 'peek') expect(queue.peek()).toBe(twin[0])
          if (step === 'clear' && item % 7 === 0) {
            queue.clear()
            twin.length = 0
          }
          expect({ size: queue.size, dropped: queue.dropped }).toEqual({ size: twin.length, dropped })
        }
        expect([...queue]).toEqual(twin)
      }),
    )
  })

  test('keeps nothing alive that has left', async () => {
    const queue = new BoundedQueue<object>({ capacity: 4, whenFull: 'drop-oldest' })
    for (let index = 0; index < 10; index++) queue.push({ index })
    while (queue.size > 0) queue.shift()
    expect([queue.peek(), queue.shift(), [...queue]]).toEqual([undefined, undefined, []])
  })

  test('refuses a wrong capacity', () => {
    expect(() => new BoundedQueue({ capacity: 0, whenFull: 'refuse' })).toThrow('bounded queue: capacity is 0')
  })
})
