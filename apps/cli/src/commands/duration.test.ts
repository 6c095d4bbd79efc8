import { expect, test } from 'vitest'
import { secondsIn } from './duration.ts'

test('a duration has a number and a unit', () => {
  expect(['90s', '15m', '12h', '7d'].map((text) => secondsIn(text, 'ttl'))).toEqual([90, 900, 43_200, 604_800])
})

test.each(['', '15', 'm', '0s', '1.5h', '-1m', '1w', '9999999s', '1m '])('%j is none', (text) => {
  expect(() => secondsIn(text, 'ttl')).toThrow(`--ttl is ${JSON.stringify(text)}`)
})
