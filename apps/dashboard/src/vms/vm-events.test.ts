import { expect, test } from 'vitest'
import { pieceOf } from './vm-events.ts'

test('output in pieces is put together where a letter was cut in two', () => {
  const decoder = new TextDecoder()
  const bytes = new TextEncoder().encode('größe')
  const piece = (from: number, to: number): string => btoa(String.fromCharCode(...bytes.slice(from, to)))
  const shown = [piece(0, 3), piece(3, 7)].map(
    (text) => pieceOf({ event: 'output', stream: 'stdout', bytes: text }, decoder)?.text,
  )
  expect(shown.join('')).toBe('größe')
})

test('an ending says how it ended', () => {
  const ended = (value: unknown, dropped = 0) =>
    pieceOf({ event: 'ended', ending: { type: 'done', value }, dropped }, new TextDecoder())
  expect(ended({ exitCode: 0 })).toEqual({ tone: 'said', text: 'Ended with 0.\n' })
  expect(ended({ exitCode: 2 }, 3)?.text).toBe('3 pieces of output were dropped on their way.\nEnded with 2.\n')
  expect(ended({ signal: 'SIGKILL' })).toEqual({ tone: 'wrong', text: 'Ended by SIGKILL.\n' })
  expect(ended({ load: 1 })?.text).toBe('{\n  "load": 1\n}\n')
  expect(pieceOf({ event: 'beat' }, new TextDecoder())).toBeUndefined()
})
