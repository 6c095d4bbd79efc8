import { expect, test } from 'vitest'
import { wholeSettings } from './whole-settings.ts'

const allowed = { least: [1, 9], most: [10, 20] } as const
const defaults = { least: 5, most: 15 }

test('settings are completed with defaults', () => {
  expect(wholeSettings('queue', defaults, allowed, { most: 20 })).toEqual({ least: 5, most: 20 })
})

test('a wrong setting is named', () => {
  const message = 'queue: most is 21; it must be a whole number from 10 to 20'
  expect(() => wholeSettings('queue', defaults, allowed, { most: 21 })).toThrow(message)
})
