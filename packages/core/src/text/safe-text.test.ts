import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeJson, safeText } from './safe-text.ts'

test('text of others cannot move the cursor, colour or turn the terminal', () => {
  expect(safeText('a\u001B[2Jb\u202Ec\n')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}')
  expect(safeText('\u009B31m\u2028\uD800')).toBe('\\u{9b}31m\\u{2028}\\u{d800}')
})

test('what is safe stays as it is', () => {
  expect(safeText('Müller 日本 🚀')).toBe('Müller 日本 🚀')
  expect(safeText(safeText('\u001B'))).toBe(safeText('\u001B'))
})

test('JSON says the same, in characters that are safe', () => {
  expect(safeJson({ text: '\u009B\u202E' })).toBe('{"text":"\\u009b\\u202e"}')
  expect(safeJson({ text: 'a' }, 2)).toBe('{\n  "text": "a"\n}')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(undefined, 2), (text, indent) => {
      const json = safeJson([text], indent)
      expect(JSON.parse(json)).toEqual([text])
      expect(safeText(json.replaceAll('\n', ''))).toBe(json.replaceAll('\n', ''))
    }),
  )
})
