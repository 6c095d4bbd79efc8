import { expect, test } from 'vitest'
import { FlotillaError } from '../../errors/index.ts'
import { cutReason, toldReason } from './failure.ts'

test('a reason is cut to the limit, and never in the middle of a character', () => {
  expect(cutReason('short', 5)).toBe('short')
  expect(cutReason('longer', 5)).toBe('long…')
  const cut = cutReason('🛥🛥🛥', 4)
  expect(cut).toBe('🛥\ufffd…')
  expect(cut.isWellFormed()).toBe(true)
})

test('the far side reads what was meant for it, and nothing of what was not', () => {
  expect(toldReason(new FlotillaError('full', 'the hold is full'), 100)).toBe('the hold is full')
  for (const error of [new Error('secret'), 'secret', undefined]) {
    expect(toldReason(error, 100)).toBe('its handler failed; the log of that node says why')
  }
})
