import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFlatYaml } from './flat-yaml.ts'

const entriesOf = (text: string) => {
  const { entries, problems } = readFlatYaml(text)
  expect(problems).toEqual([])
  return entries.map(({ key, isList, values }) => {
    const texts = values.map((value) => value.text)
    return [key, isList ? texts : texts[0]]
  })
}
const problemsOf = (text: string) =>
  readFlatYaml(text).problems.map(({ line, column, what }) => `${line}:${column} ${what}`)

describe('flat YAML', () => {
  test('is names with values and lists, and comments', () => {
    const text = [
      '\uFEFF--- # the beginning',
      '# all of them',
      'port: 7400   # of the page',
      'name :\tann lee',
      "empty: ''",
      "flow: [a, \"b, c\", 'it''s', ] # three",
      'none: []',
      'block:',
      '  - 192.0.2.1:1',
      '',
      '  # not this one',
      '  - "[2001:db8::1]:2"',
      'low:',
      '- a#b',
      '- "\\"\\\\\\/"',
      'last: -1\r\n',
    ]
    expect(entriesOf(text.join('\n'))).toEqual([
      ['port', '7400'],
      ['name', 'ann lee'],
      ['empty', ''],
      ['flow', ['a', 'b, c', "it's"]],
      ['none', []],
      ['block', ['192.0.2.1:1', '[2001:db8::1]:2']],
      ['low', ['a#b', '"\\/']],
      ['last', '-1'],
    ])
  })

  test('takes everything for a text', () => {
    expect(entriesOf('a: no\nb: 010\nc: null\nd: 1e3\ne: ~\nf: 2001-01-01')).toEqual([
      ['a', 'no'],
      ['b', '010'],
      ['c', 'null'],
      ['d', '1e3'],
      ['e', '~'],
      ['f', '2001-01-01'],
    ])
  })

  test('says where each thing stands', () => {
    expect(readFlatYaml('\na: b\nc: [d,  e]\nf:\n  - g').entries).toEqual([
      { key: 'a', line: 2, isList: false, values: [{ text: 'b', line: 2, column: 4 }] },
      {
        key: 'c',
        line: 3,
        isList: true,
        values: [
          { text: 'd', line: 3, column: 5 },
          { text: 'e', line: 3, column: 9 },
        ],
      },
      { key: 'f', line: 4, isList: true, values: [{ text: 'g', line: 5, column: 5 }] },
    ])
  })

  test.each([
    ['port:', '1:1 port has no value'],
    ['port: # nothing\nname: a', '1:1 port has no value'],
    ['a:\n  7', '2:3 the value of a goes over several lines'],
    ['a: b\n  c', '2:3 the value of a goes over several lines'],
    ['a: |\n  b', '1:4 a value that goes over several lines is not read'],
    ['a:\n  - b\n    c', '3:5 the value of a goes over several lines'],
    ['mesh:\n  port: 1', '2:3 port stands below mesh'],
    ['a:\n  - b\n - c', '3:2 this does not stand under what is before it'],
    ['a:\n  -', '2:4 a value is missing here'],
    ['a: [b,, c]', '1:7 a value is missing here'],
    ['a: [b', '1:4 the list does not end in its line'],
    ['a: [b] c', '1:7 something stands behind the list'],
    ['a: [::1]:2', '1:5 this can be misread in a list'],
    ['a: [b #c, d]', '1:5 this can be misread in a list'],
    ['a: {b: c}', '1:4 a value in brackets is not read here'],
    ['a: b: c', '1:4 there is a colon in the value'],
    ['a: *b', '1:4 anchors, aliases and tags are not read'],
    ['a: &b c', '1:4 anchors, aliases and tags are not read'],
    ['a: !!str c', '1:4 anchors, aliases and tags are not read'],
    ['a: "b', '1:4 the quotes do not close at the end of the value'],
    ["a: 'b' c", '1:4 the quotes do not close at the end of the value'],
    ['a: "\\e"', '1:4 there is a backslash that is not read'],
    ['a: @b', '1:4 a value cannot begin with "@"'],
    ['a: - b', '1:4 a value cannot begin with "-"'],
    ['- a', '1:1 this is no name with a value'],
    ['port 1', '1:1 this is no name with a value'],
    ['port=1', '1:1 there is no colon with a space behind it'],
    ['port:1', '1:1 there is no colon with a space behind it'],
    ['"port": 1', '1:1 this name stands in quotes'],
    [' port: 1', '1:2 this does not begin its line'],
    ['\tport: 1', '1:2 there is a tab before the first word'],
    ['a: b\n\t- c', '2:2 there is a tab before the first word'],
    ['a: b\n\t', '2:1 there is a tab before the first word'],
    ['---\n\t', '2:1 there is a tab before the first word'],
    ['a: b\n---', '2:1 a second document begins here'],
    ['%YAML 1.2', '1:1 directives are not read'],
    ['a: \u0007b', '1:4 there is a control character'],
    ['a: b\rc: d', '1:5 there is a control character'],
    ['a: b\uD800', '1:5 there is a control character'],
    ['# \0', '1:3 there is a control character'],
  ])('refuses %j', (text, problem) => {
    expect(problemsOf(text)[0]).toBe(problem)
  })

  test('tells of everything that is wrong, and reads the rest', () => {
    const { entries, problems } = readFlatYaml('a: *b\nc: d\n  e: f\ng: h\n- i\nj: k')
    expect(problems.map(({ line }) => line)).toEqual([1, 3, 5])
    expect(entries.map(({ key }) => key)).toEqual(['j'])
  })

  test('never throws, and says where, whatever it is given', () => {
    const pieces = [
      'a:',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      ',',
      '"',
      "'",
      '\\',
      '#',
      '\t',
      'b',
      '{',
      '&',
      '|',
      '---',
      '\u2028',
    ]
    const text = oneof(
      string({ unit: 'binary', maxLength: 60 }),
      array(constantFrom(...pieces), { maxLength: 40 }).map((words) => words.join('')),
    )
    assert(
      property(text, (given) => {
        const lines = given.split('\n')
        for (const { line, column } of readFlatYaml(given).problems) {
          expect(line).toBeLessThanOrEqual(lines.length)
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('takes time as the text is long', () => {
    for (const piece of ['a: [', '"', "'", '\\', ' ', '- ', 'a:\n', '[a, ', '#', 'a: "\\']) {
      const { problems } = readFlatYaml(piece.repeat(65_536 / piece.length))
      expect(problems.length).toBeLessThanOrEqual(65_536)
    }
    // With a regular expression for spaces at the end this took seconds.
    expect(entriesOf(`a: [b${' '.repeat(65_536)}c]`)).toHaveLength(1)
  })
})
