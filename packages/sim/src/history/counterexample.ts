import { Budget } from './budget.ts'
import type { NotLinearizable } from './checker.ts'
import type { Answer, Operation } from './history.ts'
import type { Model } from './model.ts'
import { isCompleted, search, type CompletedOperation } from './search.ts'
import { shrunk, type Ask, type Soften } from './shrinking.ts'

/** A short story of what went wrong, made of operations that really happened. */
export interface Counterexample<Input, Output> {
  readonly model: string
  readonly key: string | undefined
  /** In order of call. What had no answer yet when the story ends counts as unanswered. */
  readonly operations: readonly Operation<Input, Output>[]
  /** The operation whose answer, the last event of the story, cannot be explained. */
  readonly culprit: CompletedOperation<Input, Output>
  /** An order of the others that explains all answers but the culprit's. Unanswered ones may be missing. */
  readonly order: readonly Operation<Input, Output>[]
  /** Of the key in the whole history. */
  readonly operationsTotal: number
}

export interface CounterexampleOptions {
  /** How much work to spend on making it short. Default 4 000 000. */
  readonly stepsMax?: number
}

const stepsMaxDefault = 4_000_000
/** No single question may take more than this share of the work, so that a hard one does not end the shrinking. */
const questionsAtLeast = 20

/**
 * Makes the history behind a verdict as short as it can without changing what it is about.
 *
 * First it is cut off at the first answer that cannot be explained: the shortest prefix of events that is not
 * linearizable. The operation that got this answer is the culprit. Cutting is exact: every prefix of a linearizable
 * history is linearizable, with what was in flight at the cut as unanswered.
 *
 * Then operations are dropped while the rest stays a failure for the same reason (see `shrunk`). Dropping is not exact:
 * without a write, a read of its value fails on its own. So each drop must leave four milder stories explainable, as
 * far as they were before. In two the culprit never happened, or got some other answer: so nothing else in the story is
 * wrong, and a culprit was possible where it stands. In two it got its answer at any other time, or all others may
 * never have happened: so its answer still has a source.
 */
export function findCounterexample<State, Input, Output extends Answer>(
  model: Model<State, Input, Output>,
  verdict: NotLinearizable<Input, Output>,
  options: CounterexampleOptions = {},
): Counterexample<Input, Output> {
  let left = options.stepsMax ?? stepsMaxDefault
  const stepsMaxEach = Math.ceil(left / questionsAtLeast)
  const ask: Ask<Input, Output> = (operations) => {
    left -= operations.length // Laying the question out is work too, however soon the answer comes.
    if (left <= 0) return { type: 'budget-spent' }
    const budget = new Budget(Math.min(stepsMaxEach, left))
    const result = search(model, operations, budget)
    left -= budget.spent
    return result
  }
  const { culprit, operations: prefix } = shortestFailingPrefix(verdict, ask)
  const milder = milderStories(culprit).filter((soften) => ask(soften(prefix)).type === 'found')
  const operations = milder.length === 0 ? prefix : shrunk({ operations: prefix, culprit, milder, ask })
  const [explainable] = milder
  const explanation =
    explainable === undefined ? undefined : search(model, explainable(operations), new Budget(stepsMaxEach))
  return {
    model: model.name,
    key: verdict.key,
    operations,
    culprit,
    order: explanation?.type === 'found' ? originals(operations, explanation.order, culprit) : [],
    operationsTotal: verdict.operations.length,
  }
}

function milderStories<Input, Output>(culprit: CompletedOperation<Input, Output>): readonly Soften<Input, Output>[] {
  const { at } = culprit.ending
  const neverHappened = unanswered(culprit)
  const answeredOtherwise: Operation<Input, Output | undefined> = {
    ...culprit,
    ending: { type: 'completed', output: undefined, at },
  }
  const anyTime: Operation<Input, Output> = {
    ...culprit,
    invoked: { ...culprit.invoked, sequence: -1 },
    ending: { ...culprit.ending, at: { ...at, sequence: Infinity } },
  }
  const isCulprit = ({ id }: Operation<Input, Output>): boolean => id === culprit.id
  return [
    (operations) => operations.map((operation) => (isCulprit(operation) ? neverHappened : operation)),
    (operations) => operations.map((operation) => (isCulprit(operation) ? answeredOtherwise : operation)),
    (operations) => [anyTime, ...operations.filter((operation) => !isCulprit(operation))],
    (operations) => operations.map((operation) => (isCulprit(operation) ? operation : unanswered(operation))),
  ]
}

interface FailingPrefix<Input, Output> {
  readonly culprit: CompletedOperation<Input, Output>
  readonly operations: readonly Operation<Input, Output>[]
}

/** The search came past every answer before `stuck`, so the first that fails is that one or a later one. */
function shortestFailingPrefix<Input, Output>(
  { operations, stuck }: NotLinearizable<Input, Output>,
  ask: Ask<Input, Output>,
): FailingPrefix<Input, Output> {
  const ends = operations
    .filter(isCompleted)
    .toSorted((left, right) => left.ending.at.sequence - right.ending.at.sequence)
  let least = ends.findIndex(({ id }) => id === stuck.id)
  let most = ends.length - 1
  let probe = least // It is nearly always the first; only then halve.
  while (least < most) {
    if (ask(untilAnswerOf(operations, ends[probe])).type === 'exhausted') most = probe
    else least = probe + 1
    probe = (least + most) >> 1
  }
  const culprit = ends[most] ?? stuck
  return { culprit, operations: untilAnswerOf(operations, culprit) }
}

function untilAnswerOf<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  last: CompletedOperation<Input, Output> | undefined,
): readonly Operation<Input, Output>[] {
  const until = last?.ending.at.sequence ?? Infinity
  return operations
    .filter(({ invoked }) => invoked.sequence < until)
    .map((operation) => {
      const isAnswered = isCompleted(operation) && operation.ending.at.sequence <= until
      return isAnswered ? operation : unanswered(operation)
    })
}

function unanswered<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> {
  return { ...operation, ending: { type: 'unknown' } }
}

function originals<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  order: readonly Operation<Input, Output | undefined>[],
  culprit: Operation<Input, Output>,
): readonly Operation<Input, Output>[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]))
  return order.flatMap(({ id }) => (id === culprit.id ? [] : (byId.get(id) ?? [])))
}
