import { Worker } from 'node:worker_threads'
import type { KeySchedules } from '../chunk-keys.ts'
import type { Thread, ThreadEvents } from './crew.ts'
import type { SharedPool } from './node-shared-memory.ts'
import type { serveWorkshop } from './node-workshop-thread.ts'
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts'

/** What the module exports; naming its type makes the build take it along. */
const serve: keyof { serveWorkshop: typeof serveWorkshop } = 'serveWorkshop'

/** A worker thread. It keeps the process alive only while it has work. */
export function startWorker(start: ThreadStart, pool: SharedPool, events: ThreadEvents): Thread {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const module = new URL(`./node-workshop-thread.${extension}`, import.meta.url).href
  // A file that works as soon as it is imported would be against the rule that importing does nothing.
  const code = `import(${JSON.stringify(module)}).then((module) => module.${serve}())`
  const worker = new Worker(code, { eval: true, name: 'flotilla-chunks', workerData: start, resourceLimits })
  return new WorkerThread(worker, pool, events)
}

/** What is short-lived there is collected soon; its memory outside the heap hangs on that. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }

class WorkerThread implements Thread {
  readonly #worker: Worker
  readonly #pool: SharedPool
  readonly #events: ThreadEvents
  /** Of each message that is not answered, gives its memory back. */
  readonly #releases: (() => void)[] = []
  readonly #gone: Promise<void>
  #isClosing = false
  #cause: unknown

  constructor(worker: Worker, pool: SharedPool, events: ThreadEvents) {
    this.#worker = worker
    this.#pool = pool
    this.#events = events
    worker.unref()
    worker.on('message', (message: FromThread) => this.#take(message))
    worker.on('error', (error: unknown) => {
      this.#cause ??= error
    })
    worker.on('messageerror', (error) => {
      this.#cause ??= error
      void worker.terminate()
    })
    this.#gone = new Promise((resolve) => {
      worker.once('exit', (status) => {
        if (!this.#isClosing) events.onDeath(this.#cause ?? new Error(`it ended with status ${status}`))
        resolve()
      })
    })
  }

  work(parts: Parameters<Thread['work']>[0]): void {
    const shared = this.#pool.share(parts)
    if (this.#releases.length === 0) this.#worker.ref()
    this.#releases.push(shared.release)
    this.#send({ type: 'work', parts: shared.parts })
  }

  useKeys(keys: KeySchedules): void {
    this.#send({ type: 'use-keys', keys })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#worker.ref()
    this.#send({ type: 'close' })
    await this.#gone
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #take(message: FromThread): void {
    if (message.type === 'keys-used') return this.#events.onKeysUsed()
    this.#releases.shift()?.()
    if (this.#releases.length === 0) this.#worker.unref()
    this.#events.onDone(message.results)
  }
}
