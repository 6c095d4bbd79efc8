import { describe, expect, test } from 'vitest'
import { bytesIn, idBytes, idText, numberIn, textIn } from './node-id-bytes.ts'
import type { SqlValue } from './node-row-checksum.ts'

const values: Readonly<Record<string, SqlValue>> = {
  bytes: Buffer.from([1, 2]),
  number: 7,
  text: 'seven',
  nothing: null,
}

const readers = {
  'an id': { read: idText, takes: 'bytes' },
  'a number': { read: numberIn, takes: 'number' },
  text: { read: textIn, takes: 'text' },
  bytes: { read: bytesIn, takes: 'bytes' },
} as const

const wrong = Object.entries(readers).flatMap(([expected, { read, takes }]) =>
  [...Object.entries(values), ['missing', undefined] as const].flatMap(([type, value]) =>
    type === takes ? [] : [[expected, type, () => read(value)] as const],
  ),
)

describe('what ought to be', () => {
  test.each(Object.entries(readers))('%s is read where it is', (_, { read, takes }) => {
    expect(read(values[takes])).toBeDefined()
  })

  test.each(wrong)('%s, and is %s, is damage', (expected, _, read) => {
    const damage = { code: 'corrupt', message: expect.stringContaining(`in place of ${expected}`) as string }
    expect(read).toThrow(expect.objectContaining(damage) as Error)
  })
})

test('an id is the same as bytes and as text, and what SQLite has handed out is copied', () => {
  expect(idText(Buffer.from(idBytes('00ff10')))).toBe('00ff10')
  expect(() => idBytes('0')).toThrow('hexadecimal')
  const given = Buffer.from([1, 2])
  const taken = bytesIn(given)
  given[0] = 9
  expect([...taken]).toEqual([1, 2])
})
