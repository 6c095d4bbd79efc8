import { assert } from '@flotilla/core/errors'
import { rowsOf, type CatalogueCall, type CatalogueMethod, type CatalogueOutcome, type CatalogueWork } from './calls.ts'
import { catalogueError } from './catalogue-error.ts'
import type { CatalogueLimits } from './limits.ts'
import type { TransactionRunner } from './transaction-runner.ts'

interface Waiting {
  readonly call: CatalogueCall
  readonly rows: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Calls that come while a transaction runs wait, and go into the next one together: one sync of the disk for all of
 * them.
 */
export class CallQueue implements AsyncDisposable {
  readonly #runner: TransactionRunner
  readonly #limits: CatalogueLimits
  /** From `#first` on they wait; what is before has begun. */
  #waiting: Waiting[] = []
  #first = 0
  #running: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(runner: TransactionRunner, limits: CatalogueLimits) {
    this.#runner = runner
    this.#limits = limits
  }

  call<Method extends CatalogueMethod>(
    method: Method,
    ...given: Parameters<CatalogueWork[Method]>
  ): Promise<ReturnType<CatalogueWork[Method]>> {
    const call: CatalogueCall<Method> = { method, given }
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closing !== undefined) {
        reject(catalogueError('closed', 'the catalogue is closed'))
        return
      }
      const { callsWaitingMax } = this.#limits
      if (this.#waiting.length - this.#first >= callsWaitingMax) {
        reject(catalogueError('overloaded', `${callsWaitingMax} calls wait for the catalogue (callsWaitingMax)`))
        return
      }
      this.#waiting.push({ call, rows: rowsOf(call), resolve, reject })
      // Those that are made in the same breath go together.
      this.#running ??= Promise.resolve().then(() => this.#run())
    }) as Promise<ReturnType<CatalogueWork[Method]>>
  }

  /** What was called before is still done. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#running
    await this.#runner[Symbol.asyncDispose]()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#next()
      const outcomes = await this.#outcomes(together)
      for (const [index, { resolve, reject }] of together.entries()) {
        const outcome = outcomes[index] as CatalogueOutcome
        if (outcome.type === 'done') resolve(outcome.result)
        else reject(outcome.error)
      }
    }
    this.#running = undefined
  }

  async #outcomes(together: readonly Waiting[]): Promise<readonly CatalogueOutcome[]> {
    try {
      const outcomes = await this.#runner.run(together.map(({ call }) => call))
      assert(outcomes.length === together.length, 'each call has its outcome')
      return outcomes
    } catch (error) {
      return together.map(() => ({ type: 'failed', error }))
    }
  }

  /** At least one, then as many as fit. */
  #next(): readonly Waiting[] {
    const { callsPerTransactionMax, rowsPerTransactionMax } = this.#limits
    let rows = 0
    let end = this.#first
    for (; end < this.#waiting.length; end++) {
      rows += (this.#waiting[end] as Waiting).rows
      const isFull = end - this.#first === callsPerTransactionMax || rows > rowsPerTransactionMax
      if (isFull && end > this.#first) break
    }
    const together = this.#waiting.slice(this.#first, end)
    this.#first = end
    if (2 * end >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(end)
      this.#first = 0
    }
    return together
  }
}
