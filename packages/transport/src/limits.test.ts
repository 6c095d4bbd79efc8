import { expect, test } from 'vitest'
import { transportDefaults, validateTransportLimits, type TransportLimits } from './limits.ts'

test('limits are completed with the defaults', () => {
  expect(validateTransportLimits()).toEqual(transportDefaults)
  expect(validateTransportLimits({ connectionsMax: 60 }).connectionsMax).toBe(60)
})

test('a wrong limit is refused with a sentence that names it', () => {
  for (const name of Object.keys(transportDefaults) as (keyof TransportLimits)[]) {
    for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 50]) {
      expect(() => validateTransportLimits({ [name]: value })).toThrow(`transport: ${name} is ${value}; `)
    }
  }
})

test('what must come before something else is less', () => {
  expect(() => validateTransportLimits({ suspectAfterMs: 10_000 })).toThrow('suspectAfterMs is 10000; it must be less')
  expect(() => validateTransportLimits({ connectionsMax: 10 })).toThrow('connectionsReserved is 10; it must be less')
  expect(() => validateTransportLimits({ dialBackoffFirstMs: 40_000 })).toThrow('dialBackoffFirstMs')
})
