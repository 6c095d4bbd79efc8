import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTraceState, parseTraceState, type TraceState } from './trace-state.ts'

const members = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}=1`).join(',')

describe('a tracestate', () => {
  test.each<[string, string, TraceState]>([
    ['of one system', 'rojo=00f067aa0ba902b7', [['rojo', '00f067aa0ba902b7']]],
    [
      'of two, in order',
      'rojo=1,congo=t61rcWkgMzE',
      [
        ['rojo', '1'],
        ['congo', 't61rcWkgMzE'],
      ],
    ],
    [
      'of a tenant of a system',
      'fw529a3039@dt=FfK,0a@b=1',
      [
        ['fw529a3039@dt', 'FfK'],
        ['0a@b', '1'],
      ],
    ],
    [
      'with white space around members',
      'a=1 , \t b=2\t',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'with empty members',
      ',a=1,, ,b=2,',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['with spaces within and before a value', 'a=  x y', [['a', '  x y']]],
    [
      'with all kinds of characters',
      'a_-*/@0=!"#$%&\'()*+-./:;<>?@[]^_`{|}~',
      [['a_-*/@0', '!"#$%&\'()*+-./:;<>?@[]^_`{|}~']],
    ],
    ['with the longest key and value', `${'k'.repeat(256)}=${'v'.repeat(256)}`, [['k'.repeat(256), 'v'.repeat(256)]]],
    ['of nothing', '', []],
    ['of white space', ' ,\t', []],
  ])('%s is understood', (_, text, state) => {
    expect(parseTraceState(text)).toEqual(state)
  })

  test.each([
    ['a member without =', 'a'],
    ['an empty key', '=1'],
    ['an empty value', 'a='],
    ['a value of spaces', 'a=   '],
    ['an upper-case key', 'A=1'],
    ['a key that begins with another sign', '_a=1'],
    ['a key with a space', 'a b=1'],
    ['a space before =', 'a =1'],
    ['a second = in a value', 'a=1=2'],
    ['a tab in a value', 'a=1\t2'],
    ['a line end', 'a=1\n'],
    ['a sign that is not ASCII', 'a=ü'],
    ['a space that is not ASCII', '\u00a0a=1'],
    ['a key that is too long', `${'k'.repeat(257)}=1`],
    ['a value that is too long', `a=${'v'.repeat(257)}`],
    ['one key twice', 'a=1,b=2,a=3'],
    ['33 members', members(33)],
    ['far too much text', ','.repeat(17_001)],
  ])('with %s is none', (_, text) => {
    expect(parseTraceState(text)).toBeUndefined()
  })

  test('may have 32 members, however long and however many are empty', () => {
    expect(parseTraceState(members(32))?.length).toBe(32)
    expect(parseTraceState(`${members(32)},,,`)?.length).toBe(32)
    const longest = Array.from({ length: 32 }, (_, index) => `${'k'.repeat(254)}${10 + index}=${'v'.repeat(256)}`)
    expect(parseTraceState(longest.join(','))?.length).toBe(32)
  })

  test('is sent as it came, where it is short enough', () => {
    expect(
      formatTraceState([
        ['rojo', '1'],
        ['congo', ' 2'],
      ]),
    ).toBe('rojo=1,congo= 2')
    expect(formatTraceState([])).toBe('')
    const longest: TraceState = [
      ['a', 'v'.repeat(252)],
      ['b', 'v'.repeat(255)],
    ]
    expect(formatTraceState(longest).length).toBe(512)
  })

  test('loses long entries first, then those at the end', () => {
    const short = (key: string): [string, string] => [key, 'v'.repeat(98)]
    const long = (key: string): [string, string] => [key, 'v'.repeat(127)]
    const keys = (state: TraceState): string => formatTraceState(state).replaceAll(/=v*/g, '')
    expect(keys([long('a'), short('b'), short('c'), short('d'), short('e')])).toBe('b,c,d,e')
    expect(keys([long('a'), short('b'), long('c'), short('d'), short('e')])).toBe('a,b,d,e')
    expect(keys(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(short))).toBe('a,b,c,d,e')
  })

  test('whatever comes in, what goes out is valid, 512 characters at most, and in order', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '0', '@'), minLength: 1, maxLength: 40 })
    const value = fc.string({ unit: fc.constantFrom('v', ' ', '='), maxLength: 260 })
    const text = fc
      .array(fc.tuple(key, value), { maxLength: 36 })
      .map((all) => all.map((pair) => pair.join('=')).join())
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (received) => {
        const state = parseTraceState(received) ?? []
        const sent = formatTraceState(state)
        expect(sent.length).toBeLessThanOrEqual(512)
        const kept = parseTraceState(sent)
        expect(kept).toEqual(state.filter(([name]) => kept?.some(([other]) => other === name)))
      }),
      { numRuns: 500 },
    )
  })
})
