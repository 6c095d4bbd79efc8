import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NameTable } from './name-table.ts'

test('it does what a map does, in the same order', () => {
  const step = fc.record({ name: fc.nat(200).map(String), isAdded: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
      const table = new NameTable<string, { readonly at: number }>()
      const map = new Map<string, { readonly at: number }>()
      for (const [at, { name, isAdded }] of steps.entries()) {
        expect(table.get(name)).toBe(map.get(name))
        expect(table.has(name)).toBe(map.has(name))
        if (!isAdded) {
          table.delete(name)
          map.delete(name)
        } else if (!map.has(name)) {
          const value = { at }
          table.add(name, value)
          map.set(name, value)
        }
        expect(table.size).toBe(map.size)
      }
      expect([...table.values()]).toEqual([...map.values()])
    }),
  )
})
