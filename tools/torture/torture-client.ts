import type { Lab, Machine } from '@flotilla/core/testing/node'
import { LineProcess } from './line-process.ts'
import type { ClientInstructions, HistoryLine } from './programs.ts'

const program = new URL('client-program.ts', import.meta.url)

/** A process with several clients in it, which tells what they do. */
export class TortureClient {
  readonly machine: Machine
  readonly lines: HistoryLine[] = []
  /** That it ended though it was not told to. */
  readonly crashes: string[] = []
  readonly #process: LineProcess
  #stopping = false
  #missingWrites = 0
  #enough: PromiseWithResolvers<void> = Promise.withResolvers<void>()

  constructor(lab: Lab, machine: Machine, instructions: ClientInstructions) {
    this.machine = machine
    this.#process = new LineProcess(lab, machine, program, (text) => this.#take(JSON.parse(text) as HistoryLine))
    this.#process.write(JSON.stringify(instructions))
    void this.#watch()
  }

  /** Resolves when so many more writes were acknowledged. */
  writesTaken(count: number): Promise<void> {
    this.#missingWrites = count
    this.#enough = Promise.withResolvers()
    return this.#enough.promise
  }

  /** Resolves when all that was begun has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#process.write('stop')
    await this.#process.ended
  }

  async #watch(): Promise<void> {
    const { code, signal, said } = await this.#process.ended
    if (this.#stopping && code === 0) return
    this.crashes.push(`the clients on ${this.machine.name} ended (${signal ?? code}): ${said.trim()}`)
  }

  #take(line: HistoryLine): void {
    this.lines.push(line)
    if (line.op === 'read' || line.type !== 'ok' || this.#missingWrites === 0) return
    this.#missingWrites--
    if (this.#missingWrites === 0) this.#enough.resolve()
  }
}
