import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { waitNotice } from './wait-notice.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what takes longer than a second is named, and goes away again', () => {
  const shown: string[] = []
  const status = { show: (text: string) => void shown.push(text), clear: () => void shown.push('cleared') }
  {
    using _notice = waitNotice(status, 'the cluster')
    vi.advanceTimersByTime(999)
    expect(shown).toEqual([])
    vi.advanceTimersByTime(2_000)
    expect(shown).toEqual(['Waiting for the cluster, 1 s', 'Waiting for the cluster, 2 s'])
  }
  vi.advanceTimersByTime(5_000)
  expect(shown.slice(2)).toEqual(['cleared'])
})
