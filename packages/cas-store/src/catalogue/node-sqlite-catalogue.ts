import { Worker } from 'node:worker_threads'
import type { CatalogueCall, CatalogueOutcome } from './calls.ts'
import { catalogueError } from './catalogue-error.ts'
import type { Catalogue } from './contract.ts'
import type { serveCatalogue } from './node-catalogue-thread.ts'
import { validateCatalogueLimits, type CatalogueLimits } from './limits.ts'
import { packedCall } from './packed-calls.ts'
import { queuedCatalogue } from './queued-catalogue.ts'
import { receivedError, type ThreadAnswer, type ThreadOrder, type ThreadStart } from './thread-messages.ts'
import type { TransactionRunner } from './transaction-runner.ts'

export interface SqliteCatalogueOptions {
  /** Of the database; its folder exists. Its companions begin with the same path. */
  readonly path: string
  readonly limits?: Partial<CatalogueLimits>
}

/**
 * The catalogue in an SQLite database, in a thread of its own, so that neither a sync of the disk nor a long look
 * through the tables stops anything else. Only one at a time can have it open: `in-use`.
 */
export async function sqliteCatalogue(options: SqliteCatalogueOptions): Promise<Catalogue> {
  const limits = validateCatalogueLimits(options.limits)
  const thread = new CatalogueThread({ path: options.path, limits })
  await thread.opened
  return queuedCatalogue(thread, limits)
}

/** What the module exports; naming its type makes the build take it along. */
const serve: keyof { serveCatalogue: typeof serveCatalogue } = 'serveCatalogue'

/** It keeps the process alive only while it has something to answer. The other end of `node-catalogue-thread.ts`. */
class CatalogueThread implements TransactionRunner {
  readonly opened: Promise<ThreadAnswer>
  readonly #worker: Worker
  readonly #asked: PromiseWithResolvers<ThreadAnswer>[] = []
  readonly #ended: Promise<void>
  #end: Error | undefined
  /** From then on the process waits for its end. */
  #isClosing = false

  constructor(start: ThreadStart) {
    // When the package is built, both files end in .js.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const module = new URL(`./node-catalogue-thread.${extension}`, import.meta.url).href
    // A file that works as soon as it is imported would be against the rule that importing does nothing.
    const code = `import(${JSON.stringify(module)}).then((module) => module.${serve}())`
    this.#worker = new Worker(code, { eval: true, name: 'flotilla-catalogue', workerData: start })
    const ended = Promise.withResolvers<void>()
    this.#ended = ended.promise
    this.#worker.on('message', (answer: ThreadAnswer) => {
      this.#asked.shift()?.resolve(answer)
      if (this.#asked.length === 0 && !this.#isClosing) this.#worker.unref()
    })
    this.#worker.on('error', (error: Error) => {
      this.#end ??= error
    })
    this.#worker.on('exit', () => {
      this.#end ??= catalogueError('closed', `the thread of the catalogue ${start.path} has ended`)
      for (const { reject } of this.#asked.splice(0)) reject(this.#end)
      ended.resolve()
    })
    this.opened = this.#answer()
  }

  async run(calls: readonly CatalogueCall[]): Promise<readonly CatalogueOutcome[]> {
    const answer = await this.#ask({ type: 'run', calls: calls.map(packedCall) })
    if (answer.type !== 'outcomes') throw new Error('the thread of the catalogue has answered something else')
    return answer.outcomes.map((outcome) =>
      outcome.type === 'done' ? outcome : { type: 'failed', error: receivedError(outcome.error) },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    if (this.#end === undefined) await this.#ask({ type: 'close' })
    await this.#ended
  }

  #ask(order: ThreadOrder): Promise<ThreadAnswer> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    const answer = this.#answer()
    this.#worker.postMessage(order)
    return answer
  }

  async #answer(): Promise<ThreadAnswer> {
    const asked = Promise.withResolvers<ThreadAnswer>()
    this.#asked.push(asked)
    this.#worker.ref()
    const answer = await asked.promise
    if (answer.type === 'failed') throw receivedError(answer.error)
    return answer
  }
}
