import { fork } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Another process, which does what it is asked to. */
export interface Child {
  readonly pid: number
  /** Rejects if the process fails at it, or ends. */
  ask(order: string, argument?: unknown): Promise<unknown>
  /** Ends it as soon as it has no more to answer. */
  stop(): Promise<void>
  /** As a power cut would, for the process alone. */
  kill(): Promise<void>
  /** `SIGSTOP` and `SIGCONT`: a process that has gone to sleep, and one that wakes up. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

export interface ChildOptions {
  /** What runs in it: `daemon` (the default) starts Node with the flags of our daemon, `program` with none. */
  readonly as?: 'daemon' | 'program'
}

/** What a child can be asked to do. */
export type Orders = Readonly<Record<string, (argument: never) => unknown>>

interface Answer {
  readonly number: number
  readonly value?: unknown
  readonly error?: string
}

/**
 * Received bytes are memory outside the heap, which is given back by collections of the new space. With Node's usual
 * 16 MiB those come too rarely, and the whole heap is collected instead, 17 times a second on a saturated link, for 5
 * to 9 ms each.
 */
const daemonFlags = ['--max-semi-space-size=2']

/** Starts a program that `serve`s: `new URL('echo.ts', import.meta.url)`. */
export async function startChild(program: URL, { as = 'daemon' }: ChildOptions = {}): Promise<Child> {
  const name = basename(program.pathname)
  const execArgv = as === 'daemon' ? daemonFlags : []
  const child = fork(fileURLToPath(program), { serialization: 'advanced', execArgv })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ended = once(child, 'exit')
  let asked = 0
  child.on('message', ({ number, value, error }: Answer) => {
    const answer = waiting.get(number)
    waiting.delete(number)
    if (error === undefined) answer?.resolve(value)
    else answer?.reject(new Error(`${name}: ${error}`))
  })
  child.on('error', () => {}) // A message that did not reach it; its end says why.
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} has ended (${signal ?? code})`))
    waiting.clear()
  })
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  const started = await Promise.race([once(child, 'message'), ended])
  if (isOver() || child.pid === undefined) throw new Error(`${name} did not start: ${String(started[0])}`)
  return {
    pid: child.pid,
    ask(order, argument) {
      const answer = Promise.withResolvers<unknown>()
      answer.promise.catch(() => {}) // Whoever asked may have given up by the time it fails.
      if (isOver()) answer.reject(new Error(`${name} has ended`))
      else {
        waiting.set(++asked, answer)
        child.send({ number: asked, order, argument })
      }
      return answer.promise
    },
    async stop() {
      if (isOver()) return
      child.kill('SIGCONT') // One that sleeps would never end.
      if (child.connected) child.disconnect()
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    signal: (signal) => void child.kill(signal),
  }
}

/** In the child: answers orders until the parent is gone. All children know `cpuMs` and `heldBytes`. */
export function serve(own: Orders): void {
  const orders: Orders = { cpuMs, heldBytes, ...own }
  process.on('disconnect', () => process.exit())
  process.on('message', ({ number, order, argument }: { number: number; order: string; argument: never }) => {
    const answer = async (): Promise<Answer> => {
      try {
        const act = orders[order]
        if (act === undefined) throw new Error(`there is no order ${order}`)
        return { number, value: await act(argument) }
      } catch (error) {
        return { number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
      }
    }
    void answer().then((sent) => process.send?.(sent))
  })
  process.send?.({ number: 0 })
}

/** Processor time since it began. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Memory, without what is garbage. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Counts what comes, from when it is told how much will. */
export class Tally {
  #missing = 0
  #reached: PromiseWithResolvers<void> = Promise.withResolvers<void>()

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
