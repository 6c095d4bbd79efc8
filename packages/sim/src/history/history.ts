import { assert, FlotillaError, InvariantError } from '@flotilla/core/errors'

export type OperationId = number & { readonly brand: 'OperationId' }

/** What an operation may answer: anything but `undefined`, which is kept for "nobody saw the answer". */
export type Answer = string | number | boolean | bigint | symbol | object | null

export interface Moment {
  /** Rises by one with everything that is recorded; it alone decides what came before what. */
  readonly sequence: number
  /** For people. */
  readonly atMs: number
}

export type Ending<Output> =
  /** It took effect between its call and this moment, and answered `output`. */
  | { readonly type: 'completed'; readonly output: Output; readonly at: Moment }
  /** It certainly never took effect: the checker leaves it out. */
  | { readonly type: 'failed'; readonly at: Moment }
  /** It took effect at some moment after its call, or never. */
  | { readonly type: 'unknown' }

export interface Operation<Input, Output> {
  readonly id: OperationId
  readonly client: string
  readonly input: Input
  readonly invoked: Moment
  readonly ending: Ending<Output>
}

export interface HistoryRecorderOptions {
  /** Read once for each record; shown in counterexamples and used for nothing else. */
  readonly nowMs: () => number
  /** One more operation is refused with `history-full`. Default 100 000. */
  readonly operationsMax?: number
}

const operationsMaxDefault = 100_000

/** Writes down what clients asked and what they were told, in the order in which it is told to the recorder. */
export class HistoryRecorder<Input, Output extends Answer> {
  readonly #nowMs: () => number
  readonly #operationsMax: number
  /** Indexed by operation id. */
  readonly #operations: Operation<Input, Output>[] = []
  /** The operation that each client waits for; at most one. */
  readonly #inFlight = new Map<string, OperationId>()
  #sequence = 0

  constructor(options: HistoryRecorderOptions) {
    this.#nowMs = options.nowMs
    this.#operationsMax = options.operationsMax ?? operationsMaxDefault
    assert(
      Number.isSafeInteger(this.#operationsMax) && this.#operationsMax > 0,
      'operationsMax is a whole number from 1',
    )
  }

  /** Call it before the request leaves. A client has one operation at a time. */
  invoke(client: string, input: Input): OperationId {
    assert(
      !this.#inFlight.has(client),
      `${client} has one operation at a time; give each concurrent caller its own name`,
    )
    if (this.#operations.length >= this.#operationsMax) {
      throw new FlotillaError('history-full', `the history holds ${this.#operationsMax} operations, its maximum`, {
        hint: 'record a shorter run, or raise operationsMax',
      })
    }
    const id = this.#operations.length as OperationId
    this.#operations.push({ id, client, input, invoked: this.#moment(), ending: { type: 'unknown' } })
    this.#inFlight.set(client, id)
    return id
  }

  /** The answer came. */
  complete(id: OperationId, output: Output): void {
    assert(output !== undefined, 'a completed operation has an answer; record null when there is nothing to say')
    this.#end(id, { type: 'completed', output, at: this.#moment() })
  }

  /** The operation certainly did not happen and never will. When in doubt it is `unknown`. */
  fail(id: OperationId): void {
    this.#end(id, { type: 'failed', at: this.#moment() })
  }

  /** A timeout, a crash, a lost link: it may have happened, may still happen, or never. Its client may go on. */
  unknown(id: OperationId): void {
    this.#end(id, { type: 'unknown' })
  }

  /**
   * Records one whole call: completed with what `act` resolves to; unknown, and undefined returned, when it rejects. A
   * broken invariant is thrown on: it is a bug, not an answer that was lost.
   */
  async record(client: string, input: Input, act: () => Promise<Output>): Promise<Output | undefined> {
    const id = this.invoke(client, input)
    let output: Output
    try {
      output = await act()
    } catch (error) {
      this.unknown(id)
      if (error instanceof InvariantError) throw error
      return undefined
    }
    this.complete(id, output)
    return output
  }

  /** Everything so far, in order of call. What is still in flight counts as unknown. */
  operations(): readonly Operation<Input, Output>[] {
    return [...this.#operations]
  }

  #moment(): Moment {
    return { sequence: this.#sequence++, atMs: this.#nowMs() }
  }

  #end(id: OperationId, ending: Ending<Output>): void {
    const operation = this.#operations[id]
    assert(operation !== undefined, `operation ${id} was recorded by this recorder`)
    assert(this.#inFlight.get(operation.client) === id, `operation ${id} of ${operation.client} ends once`)
    this.#inFlight.delete(operation.client)
    this.#operations[id] = { ...operation, ending }
  }
}
