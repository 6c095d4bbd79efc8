import { expect, test } from 'vitest'
import { bytesText, durationText, momentText } from './amounts.ts'

test('amounts are read at a glance', () => {
  expect([0, 1_023, 1_536, 5 * 1_024 ** 4].map(bytesText)).toEqual(['0 bytes', '1023 bytes', '1.5 KiB', '5.0 TiB'])
  expect([-1, 0.4, 59, 3_600, 200_000].map(durationText)).toEqual(['0 s', '0 s', '59 s', '1 h 0 min', '2 d 7 h'])
  expect(momentText('2026-03-01T12:30:05.123Z')).toBe('2026-03-01 12:30:05 UTC')
})
