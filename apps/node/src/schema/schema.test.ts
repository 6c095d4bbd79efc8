import { Prng } from '@flotilla/core/random'
import Schema from 'typebox/schema'
import { describe, expect, test } from 'vitest'
import {
  base64,
  count,
  either,
  flag,
  list,
  moment,
  nullable,
  object,
  oneOf,
  optional,
  table,
  text,
  usual,
  whole,
} from './building.ts'
import { problemOf } from './checking.ts'
import { queryValues, withUsual } from './query-values.ts'
import type { AnySchema } from './schema.ts'

const invitation = object({
  role: oneOf(['node', 'replica']),
  seconds: whole({ least: 1, most: 9 }),
  reason: optional(text({ lengthMax: 3 })),
  isQuiet: usual(flag(), false),
})

describe('what is wrong is said in a sentence', () => {
  test('with what may be there instead', () => {
    const there = 'there are role, seconds, reason, isQuiet'
    expect(problemOf(invitation, { rle: 1 }, 'it')).toEqual({ what: 'it has a field "rle"', hint: there })
    expect(problemOf(invitation, { role: 'node' }, 'it')).toEqual({
      what: 'seconds is missing',
      hint: `it is a whole number from 1 to 9; ${there}`,
    })
  })

  test.each<[unknown, string]>([
    [[], 'it is not an object'],
    [null, 'it is not an object'],
    [{ role: 'king', seconds: 1 }, 'role is not one of node, replica'],
    [{ role: 'node', seconds: 1.5 }, 'seconds is not a whole number from 1 to 9'],
    [{ role: 'node', seconds: '1' }, 'seconds is not a whole number from 1 to 9'],
    [{ role: 'node', seconds: 1, reason: 'long' }, 'reason is not a text of at most 3 characters'],
    [{ role: 'node', seconds: 1, isQuiet: 'no' }, 'isQuiet is neither true nor false'],
    [JSON.parse('{"role":"node","seconds":1,"__proto__":{}}'), 'it has a field "__proto__"'],
    [{ role: 'node', seconds: 1, toString: 1 }, 'it has a field "toString"'],
  ])('%j: %s', (value, what) => {
    expect(problemOf(invitation, value, 'it')?.what).toBe(what)
  })

  test('where it is, however deep', () => {
    const schema = object({ nodes: list(object({ names: table(count()) })) })
    expect(problemOf(schema, { nodes: [{ names: {} }, { names: { a: -1 } }] }, 'it')?.what).toBe(
      'nodes[1].names."a" is not a whole number from 0 on',
    )
  })

  test('of the kind of object that it says that it is', () => {
    const event = either([object({ event: oneOf(['beat']) }), object({ event: oneOf(['lock']), key: text() })])
    expect(problemOf(event, { event: 'lock' }, 'it')?.what).toBe('key is missing')
    expect(problemOf(event, { event: 'else' }, 'it')?.what).toBe('it is none of the objects that it may be')
    expect(problemOf(event, 1, 'it')?.what).toBe('it is not an object')
    expect(problemOf(event, { event: 'beat' }, 'it')).toBeUndefined()
  })

  test.each([
    [moment(), '2026-01-31T12:00:00Z', true],
    [moment(), '2026-01-31', true],
    [moment(), 'yesterday', false],
    [moment(), '2026-13-31T12:00:00Z', false],
    [base64(), 'aGk=', true],
    [base64(), 'aGk', false],
    [base64(), 'a G k=', false],
    [nullable(text()), null, true],
    [nullable(text()), 1, false],
    [count(), Number.MAX_SAFE_INTEGER + 1, false],
    [count(), Number.NaN, false],
  ] as [AnySchema, unknown, boolean][])('%j and %j: %s', (schema, value, isRight) => {
    expect(problemOf(schema, value, 'it') === undefined).toBe(isRight)
  })
})

describe('parameters of an address', () => {
  const query = object({
    limit: usual(whole({ least: 1, most: 50 }), 50),
    name: text(),
    pid: optional(list(count())),
    copies: optional(either([count(), oneOf(['all'])])),
    isDeep: optional(flag()),
  })
  const read = (address: string): unknown => queryValues(query, new URLSearchParams(address))

  test.each([
    ['name=a', { limit: 50, name: 'a' }],
    ['name=7&limit=7', { limit: 7, name: '7' }],
    ['name=a&pid=1,2&pid=3', { limit: 50, name: 'a', pid: [1, 2, 3] }],
    ['name=a&copies=3&isDeep=true', { limit: 50, name: 'a', copies: 3, isDeep: true }],
    ['name=a&copies=all', { limit: 50, name: 'a', copies: 'all' }],
  ])('%s', (address, values) => {
    expect(read(address)).toEqual({ values })
  })

  test.each([
    ['', 'the parameter name is missing'],
    ['name=a&limit=0', 'the parameter limit is not a whole number from 1 to 50'],
    ['name=a&limit=1e1', 'the parameter limit is not a whole number from 1 to 50'],
    ['name=a&limit=', 'the parameter limit is not a whole number from 1 to 50'],
    ['name=a&pid=1,x', 'the parameter pid[1] is not a whole number from 0 on'],
    ['name=a&isDeep=yes', 'the parameter isDeep is neither true nor false'],
    ['name=a&name=b', 'there is a parameter that is not known here'],
    ['name=a&__proto__=b', 'there is a parameter that is not known here'],
    ['name=a&copies=some', 'the parameter copies is not a whole number from 0 on or "all"'],
  ])('%s: %s', (address, what) => {
    expect(read(address)).toMatchObject({ problem: { what } })
  })

  test('what is usual stands in for what is not said in a document too', () => {
    expect(withUsual(invitation, { role: 'node', seconds: 1 })).toEqual({ role: 'node', seconds: 1, isQuiet: false })
    expect(withUsual(invitation, { role: 'node', seconds: 1, isQuiet: true })).toMatchObject({ isQuiet: true })
  })
})

/** Of ASCII only: in what lengths of texts are counted is where others differ. */
class Anything {
  readonly #prng: Prng

  constructor(seed: number) {
    this.#prng = new Prng(seed)
  }

  schema(depth: number): AnySchema {
    const leaf = this.#prng.below(6)
    const least = this.#prng.below(4)
    switch (depth === 0 ? leaf : this.#prng.below(10)) {
      case 0:
        return text({ lengthMin: least, lengthMax: least + this.#prng.below(4) })
      case 1:
        return whole({ least, most: least + this.#prng.below(4) })
      case 2:
        return flag()
      case 3:
        return oneOf(['a', 'b', 1])
      case 4:
        return { type: 'number', maximum: least }
      case 5:
        return { type: 'null' }
      case 6:
        return { type: 'array', items: this.schema(depth - 1), minItems: least % 2, maxItems: 2 }
      case 7:
        return { type: 'object', additionalProperties: this.schema(depth - 1) }
      case 8:
        return { anyOf: [this.schema(depth - 1), this.schema(depth - 1)] }
      default:
        return {
          type: 'object',
          properties: { a: this.schema(depth - 1), b: this.schema(depth - 1) },
          required: this.#prng.below(2) === 0 ? [] : ['a'],
          additionalProperties: false,
        }
    }
  }

  value(depth: number): unknown {
    const some = this.#prng.below(9)
    if (depth === 0 || some < 6) {
      return [this.#prng.below(7), 'abcdef'.slice(0, this.#prng.below(6)), true, null, 1.5, 'a'][some % 6]
    }
    const [one, other] = [this.value(depth - 1), this.value(depth - 1)]
    return [[one, other], { a: one, b: other }, { a: one }][some % 3]
  }
}

test('values are judged as another implementation of JSON Schema judges them', () => {
  const seeds = Array.from({ length: 3_000 }, (_, index) => index)
  const seen = { right: 0, wrong: 0 }
  for (const seed of seeds) {
    const random = new Anything(seed)
    const [schema, value] = [random.schema(2), random.value(2)]
    const isRight = problemOf(schema, value, 'it') === undefined
    expect({ seed, schema, value, isRight }).toEqual({ seed, schema, value, isRight: Schema.Check(schema, value) })
    seen[isRight ? 'right' : 'wrong']++
  }
  expect(seen.right).toBeGreaterThan(100)
  expect(seen.wrong).toBeGreaterThan(100)
})
