import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Another process, which does what it is asked to. */
export interface Child {
  ask(order: string, argument?: unknown): Promise<unknown>
  stop(): Promise<void>
}

interface Answer {
  readonly number: number
  readonly value?: unknown
  readonly error?: string
}

/**
 * As the daemon is started, and here for all contestants: received bytes are memory outside the heap, which is given
 * back by collections of the new space. With Node's usual 16 MiB those come too rarely, and the whole heap is collected
 * instead, 17 times a second on a saturated link, for 5 to 9 ms each.
 */
const smallNewSpace = '--max-semi-space-size=2'

/** Starts a file of this folder, which `serve`s. */
export async function startChild(file: string): Promise<Child> {
  const child = fork(join(import.meta.dirname, file), { serialization: 'advanced', execArgv: [smallNewSpace] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let asked = 0
  child.on('message', ({ number, value, error }: Answer) => {
    const answer = waiting.get(number)
    waiting.delete(number)
    if (error === undefined) answer?.resolve(value)
    else answer?.reject(new Error(`${file}: ${error}`))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} has ended`))
  })
  await once(child, 'message') // It is there.
  return {
    ask(order, argument) {
      const answer = Promise.withResolvers<unknown>()
      waiting.set(++asked, answer)
      child.send({ number: asked, order, argument })
      answer.promise.catch(() => {}) // Whoever asked may have given up by the time it fails.
      return answer.promise
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** In the child: answers orders until the parent is gone. */
export function serve(orders: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', ({ number, order, argument }: { number: number; order: string; argument: never }) => {
    const answer = async (): Promise<Answer> => {
      try {
        return { number, value: await orders[order]?.(argument) }
      } catch (error) {
        return { number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
      }
    }
    void answer().then((sent) => process.send?.(sent))
  })
  process.send?.({ number: 0 })
}

/** Counts what comes, from when it is told how much will. */
export class Tally {
  #missing = 0
  #reached = Promise.withResolvers<void>()

  arm(count: number): void {
    this.#missing = count
    this.#reached = Promise.withResolvers()
  }

  reached(): Promise<void> {
    return this.#reached.promise
  }

  add(count: number): void {
    if (this.#missing <= 0) return
    this.#missing -= count
    if (this.#missing <= 0) this.#reached.resolve()
  }
}

/** Orders of a child that lets others wait for what it counts. */
export function tallyOrders(tally: Tally): {
  readonly arm: (count: number) => void
  readonly reached: () => Promise<void>
} {
  return { arm: (count) => tally.arm(count), reached: () => tally.reached() }
}
