import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lru } from './lru.ts'

describe('an lru', () => {
  test('lets go of what was used longest ago', () => {
    const lru = new Lru<string, number>({ entriesMax: 2 })
    expect(lru.set('a', 1)).toEqual([])
    expect(lru.set('b', 2)).toEqual([])
    expect(lru.get('a')).toBe(1)
    expect(lru.set('c', 3)).toEqual([['b', 2]])
    expect([...lru]).toEqual([
      ['a', 1],
      ['c', 3],
    ])
  })

  test('peek and has do not count as a use', () => {
    const lru = new Lru<string, number>({ entriesMax: 2 })
    lru.set('a', 1)
    lru.set('b', 2)
    expect([lru.peek('a'), lru.has('a'), lru.has('z')]).toEqual([1, true, false])
    expect(lru.set('c', 3)).toEqual([['a', 1]])
  })

  test('holds what weighs no more than the limit together', () => {
    const lru = new Lru<string, string>({ entriesMax: 100, weightMax: 10, weigh: (value) => value.length })
    lru.set('a', 'xxx')
    lru.set('b', 'xxxx')
    expect(lru.set('c', 'xxxxxx')).toEqual([['a', 'xxx']])
    expect([lru.size, lru.weight]).toEqual([2, 10])
    expect(lru.set('b', 'x')).toEqual([])
    expect([lru.size, lru.weight]).toEqual([2, 7])
  })

  test('what alone is too heavy does not come in, drives nobody out, and leaves no former value behind', () => {
    const lru = new Lru<string, string>({ entriesMax: 100, weightMax: 3, weigh: (value) => value.length })
    lru.set('a', 'xx')
    lru.set('b', 'x')
    expect(lru.set('a', 'xxxx')).toEqual([['a', 'xxxx']])
    expect([...lru]).toEqual([['b', 'x']])
  })

  test('does as a plain list does', () => {
    const step = fc.record({
      what: fc.constantFrom('get', 'set', 'set', 'delete', 'peek'),
      key: fc.nat(12),
      value: fc.nat(9),
    })
    const sizes = [fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 30 })] as const
    fc.assert(
      fc.property(...sizes, fc.array(step, { maxLength: 200 }), (entriesMax, weightMax, steps) => {
        const lru = new Lru<number, number>({ entriesMax, weightMax, weigh: (value) => value })
        const twin = listLru(entriesMax, weightMax)
        for (const { what, key, value } of steps) {
          const [got, wanted] = {
            get: () => [lru.get(key), twin.get(key)],
            peek: () => [lru.peek(key), twin.entries.find(([other]) => other === key)?.[1]],
            set: () => [lru.set(key, value), twin.set(key, value)],
            delete: () => [lru.delete(key), twin.delete(key)],
          }[what]()
          expect(got).toEqual(wanted)
          expect([...lru]).toEqual(twin.entries)
          expect([lru.size, lru.weight]).toEqual([twin.entries.length, twin.weight()])
        }
      }),
    )
  })

  test('is empty after a clear, and goes on', () => {
    const lru = new Lru<string, number>({ entriesMax: 2 })
    for (const key of ['a', 'b', 'c']) lru.set(key, 1)
    lru.clear()
    expect([lru.size, lru.weight, lru.get('b'), [...lru]]).toEqual([0, 0, undefined, []])
    expect([lru.set('a', 1), lru.set('b', 2), lru.set('c', 3)]).toEqual([[], [], [['a', 1]]])
  })

  test('refuses wrong settings and weights', () => {
    expect(() => new Lru({ entriesMax: 0 })).toThrow('lru: entriesMax is 0')
    expect(() => new Lru({ entriesMax: 1, weightMax: 0.5 })).toThrow('lru: weightMax is 0.5')
    const lru = new Lru<string, number>({ entriesMax: 1, weigh: (value) => value })
    for (const weight of [-1, 0.5, Number.NaN]) expect(() => lru.set('a', weight)).toThrow('a weight is a whole number')
  })
})

interface ListLru {
  readonly entries: [number, number][]
  weight(): number
  get(key: number): number | undefined
  set(key: number, value: number): [number, number][]
  delete(key: number): boolean
}

/** The dumb twin, where a value is its own weight. */
function listLru(entriesMax: number, weightMax: number): ListLru {
  const entries: [number, number][] = []
  const weight = (): number => entries.reduce((sum, [, value]) => sum + value, 0)
  const take = (key: number): [number, number] | undefined => {
    const index = entries.findIndex(([other]) => other === key)
    return index === -1 ? undefined : entries.splice(index, 1)[0]
  }
  return {
    entries,
    weight,
    get(key) {
      const entry = take(key)
      if (entry !== undefined) entries.push(entry)
      return entry?.[1]
    },
    set(key, value) {
      take(key)
      if (value > weightMax) return [[key, value]]
      entries.push([key, value])
      const evicted: [number, number][] = []
      while (entries.length > entriesMax || weight() > weightMax) evicted.push(...entries.splice(0, 1))
      return evicted
    },
    delete: (key) => take(key) !== undefined,
  }
}
