import { expect, test } from 'vitest'
import { check } from './checker.ts'
import { findCounterexample, type Counterexample } from './counterexample.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { register, type RegisterInput, type RegisterOutput } from './models/register.ts'
import { handMade, never } from './testing/handmade-history.ts'
import { sentenceOf, timelineOf } from './timeline.ts'

const read: RegisterInput = { type: 'read', key: 'x' }
const write = (value: number): RegisterInput => ({ type: 'write', key: 'x', value })

function counterexampleOf<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Counterexample<Input, Output> {
  const verdict = check(model, operations)
  if (verdict.type !== 'not-linearizable') throw new Error(`the history is ${verdict.type}`)
  return findCounterexample(model, verdict)
}

test('a story is one sentence and one line an operation', () => {
  const example = counterexampleOf(
    register,
    handMade<RegisterInput, RegisterOutput>([
      ['ann', 0, 1, write(1), null],
      ['bob', 3, 90, write(2), null],
      ['cyd', 4, 5, read, 2],
      ['dan', 7, 8, read, 1],
      ['dan', 20, 30, read, 2],
    ]),
  )
  expect(sentenceOf(register, example)).toBe(
    'register "x" is not linearizable: nothing explains the answer to dan\'s "read x → 1"',
  )
  expect(timelineOf(register, example)).toBe(
    [
      'order  client  operation    ms   calls and answers, in the order in which they happened',
      '    1  ann     write x = 1  0–1  ├─┤',
      '    2  bob     write x = 2  3–       ├─────────…',
      '    3  cyd     read x → 2   4–5        ├─┤',
      '    ✗  dan     read x → 1   7–8            ├─┤',
      '4 of 5 operations; the numbers are an order that explains all answers but one: ' +
        '✗ fits nowhere between its call and its answer.',
    ].join('\n'),
  )
})

test('a culprit that stands alone has no order to show', () => {
  const example = counterexampleOf(register, handMade<RegisterInput, RegisterOutput>([['ann', 0, 1, read, 7]]))
  expect(timelineOf(register, example)).toContain('1 of 1 operations; ✗ fits nowhere')
})

test('a model without keys has no key in its sentence', () => {
  const coin: Model<number, 'flip', number> = {
    name: 'coin',
    init: () => 0,
    step: () => [],
    identify: String,
    describe: (input) => input,
  }
  const example = counterexampleOf(coin, handMade<'flip', number>([['ann', 0, 1, 'flip', 7]]))
  expect(sentenceOf(coin, example)).toMatch(/^coin is not linearizable/)
})

test('of a long story the end is shown, and times to the microsecond', () => {
  const example = counterexampleOf(register, handMade<RegisterInput, RegisterOutput>([['bob', 300, 301, read, 7]]))
  const earlier = handMade<RegisterInput, RegisterOutput>(
    Array.from({ length: 100 }, (_, index) => ['ann', index, never, write(index)] as const),
  )
  const last = { ...example.culprit, invoked: { sequence: 300, atMs: 0.1 + 0.2 } }
  const lines = timelineOf(register, { ...example, operations: [...earlier, last] }).split('\n')
  expect(lines).toHaveLength(63)
  expect(lines[0]).toBe('41 earlier operations are not shown.')
  expect(lines.at(-2)).toContain('0.3–301')
})
