import { FlotillaError } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import type { Replicated } from '@flotilla/raft'
import type { HistoryLine } from './programs.ts'
import type { RegisterAnswer, RegisterCommand, RegisterQuery, RegisterResult } from './register-machine.ts'

type Registers = Pick<Replicated<RegisterCommand, RegisterResult, RegisterQuery, RegisterAnswer>, 'run' | 'read'>

export interface WorkloadOptions {
  readonly registers: Registers
  readonly name: string
  readonly prng: Prng
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly record: (line: HistoryLine) => void
  readonly nowMs: () => number
  readonly pause: (milliseconds: number) => Promise<void>
}

/** So many registers at a time are fought over, */
const liveKeys = 4
/** and new ones take their place so often: what a checker has to untangle stays small. */
const windowMs = 4_000
const operationTimeoutMs = 2_000
const pauseMsMax = 25
/** After an operation that failed, or those that fail at once would fill the history. */
const failedPauseMsMax = 200

/** They did not happen, the interface says; a history in which one of them did is not linearizable. */
const certainFailures: ReadonlySet<string> = new Set(['no-leader', 'deadline-exceeded', 'overloaded', 'too-large'])

/** Clients that read, write, and compare and set, until the signal. */
export async function workload(options: WorkloadOptions): Promise<void> {
  const { concurrency, name } = options
  const clients = Array.from({ length: concurrency }, (_, index) => new Client(options, `${name}${index}`))
  await Promise.all(clients.map((client) => client.live()))
}

class Client {
  readonly #options: WorkloadOptions
  readonly #name: string
  readonly #prng: Prng
  /** Rises when an answer did not come: the one who waits for it is waiting still, and another goes on. */
  #generation = 0
  #written = 0
  /** The last value seen of each key, to swap it. */
  readonly #seen = new Map<string, string | null>()

  constructor(options: WorkloadOptions, name: string) {
    this.#options = options
    this.#name = name
    this.#prng = options.prng.split(name)
  }

  async live(): Promise<void> {
    const { signal, pause } = this.#options
    while (!signal.aborted) {
      const answered = await this.#act()
      await pause(this.#prng.below(answered ? pauseMsMax : failedPauseMsMax))
    }
  }

  /** Gives whether it was answered. */
  async #act(): Promise<boolean> {
    const { nowMs } = this.#options
    const key = `r${this.#prng.below(liveKeys)}-${Math.floor(nowMs() / windowMs)}`
    const draw = this.#prng.below(10)
    if (draw < 5) return this.#read(key)
    const value = `${this.#name}.${++this.#written}`
    if (draw < 8) return this.#change('write', key, value, { type: 'write', key, value })
    const expected = this.#seen.get(key) ?? null
    return this.#change('cas', key, [expected, value], { type: 'swap', key, expected, value })
  }

  async #read(key: string): Promise<boolean> {
    const { registers, nowMs } = this.#options
    const start = nowMs()
    try {
      const { value } = await registers.read({ type: 'read', key }, { timeoutMs: operationTimeoutMs })
      this.#seen.set(key, value)
      this.#record({ type: 'ok', op: 'read', key, value, ok: true, start, end: nowMs() })
      return true
    } catch (error) {
      const code = rethrowBug(error)
      // A read that was not answered changes nothing, whatever became of it.
      this.#record({ type: 'fail', op: 'read', key, value: null, ok: false, start, end: nowMs(), error: code })
      return false
    }
  }

  async #change(
    op: 'write' | 'cas',
    key: string,
    value: HistoryLine['value'],
    command: RegisterCommand,
  ): Promise<boolean> {
    const { registers, nowMs } = this.#options
    const start = nowMs()
    try {
      const { done } = await registers.run(command, { timeoutMs: operationTimeoutMs })
      if (done) this.#seen.set(key, command.value)
      this.#record({ type: 'ok', op, key, value, ok: done, start, end: nowMs() })
      return true
    } catch (error) {
      const code = rethrowBug(error)
      const type = certainFailures.has(code) ? 'fail' : 'info'
      this.#record({ type, op, key, value, ok: false, start, end: type === 'fail' ? nowMs() : null, error: code })
      if (type === 'info') this.#generation++
      return false
    }
  }

  #record(line: Omit<HistoryLine, 'process'>): void {
    this.#options.record({ process: `${this.#name}.${this.#generation}`, ...line })
    // Only what is fought over now is of any use.
    if (this.#seen.size > 2 * liveKeys) this.#seen.clear()
  }
}

/** Its code, where it is an error that a caller has to expect. */
function rethrowBug(error: unknown): string {
  if (error instanceof FlotillaError) return String(error.code)
  throw error
}
