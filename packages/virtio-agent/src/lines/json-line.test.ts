import { describe, expect, test } from 'vitest'
import { ProtocolError } from '@flotilla/core/errors'
import { readJsonLine } from './json-line.ts'

const limits = { messageBytesMax: 10_000, depthMax: 4, valuesMax: 20 }
const read = (text: string): unknown => readJsonLine(new TextEncoder().encode(text), limits)

describe('a line', () => {
  test('is a value, whole numbers exact', () => {
    expect(read('{"a":[1,2]}')).toEqual({ a: [1, 2] })
    expect(read('{"a":9223372036854775807,"b":1.5}')).toEqual({ a: 9_223_372_036_854_775_807n, b: 1.5 })
    expect(read('"1234567890123456789"')).toBe('1234567890123456789')
  })

  test.each([
    '',
    '{',
    '{"a":1}{"b":2}',
    'nonsense',
    '{"a":12345678901234567890123}{"b":1}',
    '{"a":1234567890123456789',
    '[[[[[1]]]]]',
    '[[[[[1234567890123456789]]]]]',
    `[${'1,'.repeat(20)}1]`,
  ])('%j is refused', (text) => {
    expect(() => read(text)).toThrow(ProtocolError)
  })

  test('depth that would cost the stack is refused as well', () => {
    expect(() => read(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toThrow('nested deeper')
  })

  test('bytes that are not UTF-8 are refused', () => {
    expect(() => readJsonLine(Uint8Array.of(0x22, 0xc3, 0x28, 0x22), limits)).toThrow('not UTF-8')
  })
})
