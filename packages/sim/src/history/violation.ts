import { check, type CheckOptions } from './checker.ts'
import { findCounterexample } from './counterexample.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { sentenceOf, timelineOf } from './timeline.ts'

/** What a suite's `finish` returns when the history is not one that the model allows, with a short counterexample. */
export function violationOf<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): { readonly sentence: string; readonly detail: string } | undefined {
  const verdict = check(model, operations, options)
  if (verdict.type === 'linearizable') return undefined
  if (verdict.type === 'undecided') {
    return {
      sentence: 'The history is short enough to be judged.',
      detail: `after ${verdict.steps} steps nothing was found; record fewer operations a key, or allow more steps`,
    }
  }
  const example = findCounterexample(model, verdict)
  return {
    sentence: `All answers are those of one ${model.name} that does one thing at a time.`,
    detail: `${sentenceOf(model, example)}\n${timelineOf(model, example)}`,
  }
}
