/**
 * Was what the clients saw possible at all? Record what they asked and were told, and check it against a sequential
 * specification:
 *
 * 1. `HistoryRecorder` writes down calls and answers. An operation that timed out is `unknown`: it may have happened,
 *    may still happen, or never.
 * 2. `check` looks for an order in which every operation takes effect at one moment between its call and its answer and
 *    every answer is what the model gives in that order. It ends within a budget of steps.
 * 3. `findCounterexample` makes a history that has no such order short, `sentenceOf` and `timelineOf` print it.
 *
 * `register`, `lock` and `queue` are ready-made; anything else is a `Model` of a few lines.
 */
export { check, type CheckOptions, type NotLinearizable, type Verdict } from './checker.ts'
export { findCounterexample, type Counterexample, type CounterexampleOptions } from './counterexample.ts'
export {
  HistoryRecorder,
  type Answer,
  type Ending,
  type HistoryRecorderOptions,
  type Moment,
  type Operation,
  type OperationId,
} from './history.ts'
export type { ForeseeingModel, Model } from './model.ts'
export { lock, type LockInput, type LockOutput, type LockState } from './models/lock.ts'
export { queue, type QueueInput, type QueueOutput, type QueueState, type QueueValue } from './models/queue.ts'
export { register, type RegisterInput, type RegisterOutput, type RegisterValue } from './models/register.ts'
export type { CompletedOperation } from './search.ts'
export { sentenceOf, timelineOf } from './timeline.ts'
export { violationOf } from './violation.ts'
