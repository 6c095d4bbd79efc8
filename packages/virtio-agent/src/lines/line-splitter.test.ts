import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

const lineBytesMax = 8

function split(pieces: readonly Uint8Array[]): readonly string[] {
  const told: string[] = []
  const splitter = new LineSplitter(lineBytesMax)
  const sink = {
    onLine: (line: Uint8Array): void => void told.push(new TextDecoder('latin1').decode(line)),
    onTooLong: (): void => void told.push('TOO LONG'),
  }
  for (const piece of pieces) {
    splitter.push(piece, sink)
    expect(splitter.pendingBytes).toBeLessThanOrEqual(lineBytesMax)
  }
  return told
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0))

test.each([
  ['a\nb\n', ['a', 'b']],
  ['a\r\n\r\n\nb\n', ['a', 'b']],
  ['a\nb', ['a']],
  ['12345678\n', ['12345678']],
  ['123456789\nb\n', ['TOO LONG', 'b']],
  ['12345678901234567890\nb\n', ['TOO LONG', 'b']],
  ['old\u00ffnew\n', ['new']],
  ['12345678901\u00ffnew\n', ['new']],
  ['12345678901\u00ff12345678901\nb\n', ['TOO LONG', 'b']],
])('%j', (text, lines) => {
  expect(split([bytes(text)]).filter((line) => line !== 'TOO LONG' || lines.includes(line))).toEqual(lines)
})

test('how bytes are split makes no difference, but that 0xFF within a piece saves a line from being too long', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '\r', '\n'), { maxLength: 60 }), (units) => {
      const all = bytes(units.join(''))
      expect(split(Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(split([all]))
    }),
  )
})

test('what another side began is dropped', () => {
  const lines: string[] = []
  const splitter = new LineSplitter(lineBytesMax)
  const sink = { onLine: (line: Uint8Array) => void lines.push(new TextDecoder().decode(line)), onTooLong: () => {} }
  splitter.push(bytes('old'), sink)
  splitter.clear()
  splitter.push(bytes('new\n12345678901'), sink)
  splitter.clear()
  splitter.push(bytes('b\n'), sink)
  expect(lines).toEqual(['new', 'b'])
})
