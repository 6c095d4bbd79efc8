import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonStream } from './json-stream.ts'
import type { ExactJson } from './json-value.ts'
import { writeJson } from './json-writer.ts'
import { jsonDefaults, type JsonLimits } from './limits.ts'

interface Read {
  readonly values: readonly string[]
  readonly troubles: readonly string[]
}

/** What comes out of these pieces, each value written again. */
function read(pieces: readonly (string | Uint8Array)[], limits: Partial<JsonLimits> = {}): Read {
  const values: string[] = []
  const troubles: string[] = []
  const stream = new JsonStream({ ...jsonDefaults, ...limits })
  const sink = {
    onValue: (value: ExactJson): void => void values.push(writeJson(value)),
    onTrouble: (what: string): void => void troubles.push(what),
  }
  for (const piece of pieces) stream.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece, sink)
  return { values, troubles }
}

describe('what the original reads', () => {
  test.each([
    ['without a newline', ['{"a":1}'], ['{"a":1}']],
    ['several in one write', ['{"a":1}{"b":2} {"c":3}'], ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['CRLF', ['{"a":1}\r\n{"b":2}\r\n'], ['{"a":1}', '{"b":2}']],
    ['single quotes', [`{'a':'it is "good"'}`], ['{"a":"it is \\"good\\""}']],
    ['an apostrophe that is escaped', [`{'a':'it\\'s'}`], [`{"a":"it's"}`]],
    ['over several lines', ['{\n"a":\n[1,\n2]\n}\n'], ['{"a":[1,2]}']],
    ['what is no object', ['123 "x" [1]\n'], ['123', '"x"', '[1]']],
    ['names that objects have', ['{"__proto__":1,"constructor":2}'], ['{"__proto__":1,"constructor":2}']],
    ['nothing but space', [' \r\n\t\n'], []],
  ])('%s', (_, pieces, values) => {
    expect(read(pieces)).toEqual({ values, troubles: [] })
  })

  test.each([
    '9223372036854775807',
    '-9223372036854775808',
    '18446744073709551615',
    '1795291529960737001',
    '9007199254740993',
    '0',
    '1.5',
  ])('the number %s stays what it is', (number) => {
    expect(read([`{"id":${number}}`]).values).toEqual([`{"id":${number}}`])
  })

  test('a number beyond 64 bits is rounded, -0 is 0', () => {
    expect(read(['[18446744073709551616,-0]']).values).toEqual(['[18446744073709552000,0]'])
  })

  test('escapes and text beyond ASCII, which is written in ASCII again', () => {
    expect(read(['{"a":"\\u00e9\\ud83d\\ude00 é\\n\\\\u0041"}']).values).toEqual([
      '{"a":"\\u00e9\\ud83d\\ude00 \\u00e9\\n\\\\u0041"}',
    ])
  })
})

describe('what is wrong', () => {
  test.each([
    ['a word that is none', '{"execute": guest\n{"a":1}\n', ["invalid keyword 'guest'"], ['{"a":1}']],
    ['a line that was cut off', '{"execute":"guest-pi\n{"a":1}\n', ['a string is not closed on its line'], ['{"a":1}']],
    ['a comma too much', '{"a":1,}\n{"a":1}\n', ['expecting value'], ['{"a":1}']],
    ['no colon', '{"a" "b"}\n{"a":1}\n', ['missing : in object pair'], ['{"a":1}']],
    ['a bracket too much', '{"a":1}}\n{"b":2}\n', ['expecting value'], ['{"a":1}', '{"b":2}']],
    ['the same name twice', '{"a":1,"a":2}\n{"b":2}\n', ['duplicate key'], ['{"b":2}']],
    ['a wrong escape', '{"a":"\\q"}{"b":1}\n{"c":1}\n', ['invalid escape sequence in string'], ['{"c":1}']],
    ['a number too great to say', '{"a":1e999}\n{"b":2}\n', ["invalid keyword '1e999'"], ['{"b":2}']],
    ['a stray sign', '{"a":%d}\n{"b":2}\n', ["stray '%'"], ['{"b":2}']],
    [
      'much wrong on one line is told once',
      '} } foo ]\n} {"b":2}\n',
      ['expecting value', 'expecting value'],
      ['{"b":2}'],
    ],
    ['a key that is no text', '{1:2}\n{"b":2}\n', ['key is not a string in object'], ['{"b":2}']],
  ])('%s', (_, text, troubles, values) => {
    expect(read([text])).toEqual({ values, troubles })
    // Split anywhere, it is the same.
    expect(read(text.split(''))).toEqual({ values, troubles })
  })

  test('0xFF drops what was begun, and is told', () => {
    const flush = Uint8Array.of(0xff)
    expect(read(['{"a":"x', flush, '{"b":1}'])).toEqual({ values: ['{"b":1}'], troubles: ["stray '\uFFFD'"] })
    expect(read(['{"a":', flush, '{"b":1}'])).toEqual({ values: ['{"b":1}'], troubles: ["stray '\uFFFD'"] })
  })

  test('bytes that are not UTF-8', () => {
    const pieces = ['{"a":"', Uint8Array.of(0xc3, 0x28), '"}\n{"b":1}\n']
    expect(read(pieces)).toEqual({ values: ['{"b":1}'], troubles: ['invalid UTF-8 sequence in string'] })
  })

  test.each(['{"a":\n', '{"a":1\n', '{"a":1,\n', '{\n', '{"a":[\n', '{"arguments":{"x":\n'])(
    'a command after %j, which was cut off without being wrong, is read',
    (cut) => {
      const { values, troubles } = read([`${cut}{"execute":"guest-ping"}\n{"execute":"guest-info"}\n`])
      expect(values).toEqual(['{"execute":"guest-ping"}', '{"execute":"guest-info"}'])
      expect(troubles.length).toBe(1)
    },
  )
})

describe('limits', () => {
  test('a message that is too long ends at the next newline, and is not kept', () => {
    const text = `{"a":"${'x'.repeat(100)}"}\n{"b":1}\n`
    const told = { values: ['{"b":1}'], troubles: ['it is longer than 64 bytes'] }
    expect(read([text], { messageBytesMax: 64 })).toEqual(told)
    expect(read(text.split(''), { messageBytesMax: 64 })).toEqual(told)
    expect(read([`[${'1,'.repeat(100)}1]\n{"b":1}`], { messageBytesMax: 64 })).toEqual(told)
    expect(read(['{"a":1}'.repeat(100)], { messageBytesMax: 64 }).values.length).toBe(100)
  })

  test('depth and values', () => {
    expect(read([`${'['.repeat(9)}\n{"b":1}`], { depthMax: 8 })).toEqual({
      values: ['{"b":1}'],
      troubles: ['it is nested deeper than 8 levels'],
    })
    expect(read(['[1,2,3,4]\n{"b":1}'], { valuesMax: 3 })).toEqual({
      values: ['{"b":1}'],
      troubles: ['it has more than 3 values'],
    })
  })
})

test('whatever JSON there is, split anywhere, is read as JSON.parse reads it', () => {
  const split = fc.record({ value: fc.json(), cuts: fc.array(fc.nat(100), { maxLength: 5 }) })
  fc.assert(
    fc.property(split, ({ value, cuts }) => {
      const bytes = new TextEncoder().encode(`${JSON.stringify(JSON.parse(value))}\n`)
      const places = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].toSorted((one, other) => one - other)
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place))
      const { values, troubles } = read(pieces)
      expect(troubles).toEqual([])
      expect(values.map((text): unknown => JSON.parse(text))).toEqual([JSON.parse(value)])
    }),
  )
})
