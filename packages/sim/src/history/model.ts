import type { Answer, Operation } from './history.ts'

/**
 * What the object under test would do if all its callers stood in one line: a sequential specification. Pure: states are
 * never changed in place, and the same arguments give the same result.
 */
export interface Model<State, Input, Output extends Answer> {
  /** For messages: `register`. */
  readonly name: string
  init(): State
  /**
   * The states that `input` may lead to when it answers `output`; none if it cannot answer that in this state. `undefined`
   * stands for an answer that nobody saw: any is possible then. More than one state means that the answer leaves open
   * which it is.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[]
  /**
   * The part of the object that an operation touches. Operations on different keys must not influence each other: each
   * key starts at `init()` and is judged alone, which is exact (linearizability is local) and far quicker.
   */
  key?(input: Input): string
  /**
   * Whether `input`, when it answers `output`, leaves every state in which it may do so as it is: a read, a refused
   * compare-and-set. Optional; knowing it makes the search much quicker.
   */
  isReadOnly?(input: Input, output: Output | undefined): boolean
  /** The same text for two states exactly if no operation can tell them apart. Two states mistaken for one hide bugs. */
  identify(state: State): string
  /** A few words for a line of a counterexample: `read → 1`. */
  describe(input: Input, output: Output | undefined): string
  /**
   * Sees all operations of one key before the search and may return a stricter twin of this model, which refuses early
   * what cannot end well given the answers that come later. It may refuse only steps after which no order of the rest is
   * possible: refusing more invents failures.
   */
  foresee?(operations: readonly Operation<Input, Output>[]): Model<unknown, Input, Output>
}
