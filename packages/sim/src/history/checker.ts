import { FlotillaError } from '@flotilla/core/errors'
import { Budget } from './budget.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { isCompleted, search, type CompletedOperation } from './search.ts'

export interface CheckOptions {
  /** How much work to do before giving up. Default 2 000 000: about a second with the models of this package. */
  readonly stepsMax?: number
  /** Asked now and then; true ends the check as undecided. For callers that have a clock. */
  readonly shouldStop?: () => boolean
}

export interface NotLinearizable<Input, Output> {
  readonly type: 'not-linearizable'
  readonly steps: number
  /** Undefined if the model has no keys. */
  readonly key: string | undefined
  /** Those of the key, in order of call, without the failed ones. */
  readonly operations: readonly Operation<Input, Output>[]
  /** The answers before this operation's can be explained together with what came later; from here on they cannot. */
  readonly stuck: CompletedOperation<Input, Output>
}

export type Verdict<Input, Output> =
  | { readonly type: 'linearizable'; readonly steps: number }
  | NotLinearizable<Input, Output>
  /** The budget ended first. It says nothing about the history: use fewer operations a key, or a larger budget. */
  | { readonly type: 'undecided'; readonly steps: number; readonly keys: readonly (string | undefined)[] }

const stepsMaxDefault = 2_000_000

/**
 * Whether the history could have come from an object that obeys the model and does one operation at a time, each at
 * some moment between its call and its return. Every key gets its share of the budget, small ones first, so that one
 * that explodes does not hide what is wrong with another.
 */
export function check<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): Verdict<Input, Output> {
  const parts = partition(model, validated(operations))
  const undecided: (string | undefined)[] = []
  let steps = 0
  for (const [index, { key, operations: ofKey }] of parts.entries()) {
    const share = Math.floor(((options.stepsMax ?? stepsMaxDefault) - steps) / (parts.length - index))
    const budget = new Budget(share, options.shouldStop)
    const result = search(model, ofKey, budget)
    steps += budget.spent
    if (result.type === 'exhausted') {
      return { type: 'not-linearizable', steps, key, operations: ofKey, stuck: result.stuck }
    }
    if (result.type === 'budget-spent') undecided.push(key)
  }
  return undecided.length > 0 ? { type: 'undecided', steps, keys: undecided } : { type: 'linearizable', steps }
}

interface Part<Input, Output> {
  readonly key: string | undefined
  readonly operations: Operation<Input, Output>[]
}

/** One part a key, the smallest first. */
function partition<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): readonly Part<Input, Output>[] {
  const parts = new Map<string | undefined, Part<Input, Output>>()
  for (const operation of operations) {
    const key = model.key?.(operation.input)
    const part = parts.get(key) ?? { key, operations: [] }
    part.operations.push(operation)
    parts.set(key, part)
  }
  return [...parts.values()].toSorted((left, right) => left.operations.length - right.operations.length)
}

/** In order of call, without the failed ones. A history may also come from elsewhere than our recorder. */
function validated<Input, Output>(
  operations: readonly Operation<Input, Output>[],
): readonly Operation<Input, Output>[] {
  const sequences = new Set<number>()
  const record = (sequence: number): void => {
    if (Number.isSafeInteger(sequence) && sequence >= 0 && !sequences.has(sequence)) return void sequences.add(sequence)
    throw malformed(`sequence ${sequence} is not a number of its own from 0`)
  }
  const kept = operations.filter(({ ending }) => ending.type !== 'failed')
  if (new Set(kept.map(({ id }) => id)).size < kept.length) throw malformed('two operations have the same id')
  for (const operation of kept) {
    record(operation.invoked.sequence)
    if (!isCompleted(operation)) continue
    record(operation.ending.at.sequence)
    if (operation.ending.at.sequence > operation.invoked.sequence) continue
    throw malformed(`operation ${operation.id} of ${operation.client} returns before it is called`)
  }
  return kept.toSorted((left, right) => left.invoked.sequence - right.invoked.sequence)
}

function malformed(what: string): FlotillaError<'history-malformed'> {
  return new FlotillaError('history-malformed', `this is no history: ${what}`, {
    hint: 'record it with HistoryRecorder, or number calls and returns in the order in which they happened',
  })
}
