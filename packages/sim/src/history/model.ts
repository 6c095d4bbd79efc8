import type { Answer, Operation } from './history.ts'

/**
 * What the object under test would do if all its callers stood in one line: a sequential specification. Pure: states
 * are never changed in place, and the same arguments give the same result.
 */
export interface Model<State, Input, Output extends Answer> {
  /** For messages: `register`. */
  readonly name: string
  init(): State
  /**
   * The states that `input` may lead to when it answers `output`; none if it cannot answer that in this state.
   * `undefined` stands for an answer that nobody saw: any is possible then. More than one state means that the answer
   * leaves open which it is.
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
  /**
   * The same text for two states exactly if no operation can tell them apart. Two states mistaken for one hide bugs.
   */
  identify(state: State): string
  /** A few words for a line of a counterexample: `read → 1`. */
  describe(input: Input, output: Output | undefined): string
  /**
   * Sees all operations of one key before the search, and may return another model that gives the same verdict on just
   * these operations with less searching. For models whose states multiply; `queue` is an example. Like `step`, it may
   * meet a completed operation whose answer is not known: undefined.
   */
  foresee?(
    operations: readonly Operation<Input, Output | undefined>[],
  ): ForeseeingModel<unknown, Input, Output> | undefined
}

export interface ForeseeingModel<State, Input, Output extends Answer> extends Model<State, Input, Output> {
  /**
   * Whether an operation with this answer, as soon as it fits somewhere, may as well be placed there: from then on, any
   * order that works also works with it moved to the front. It holds for all that is read-only, and unasked for that.
   */
  goesFirst(input: Input, output: Output | undefined): boolean
  /**
   * Two unanswered operations with the same text here can stand in for each other; undefined for one that is like no
   * other.
   */
  likeness(input: Input): string | undefined
}
