import type { Lab, Machine } from '@flotilla/core/testing/node'
import { LineProcess, type Ending } from './line-process.ts'
import { stoppedExitCode, type NodeInstructions, type NodeOrder } from './programs.ts'
import type { SmallDisk } from './small-disk.ts'

const program = new URL('node-program.ts', import.meta.url)
const restartPauseMs = 500

export interface TortureNodeOptions {
  readonly lab: Lab
  readonly machine: Machine
  readonly disk: SmallDisk
  readonly instructions: NodeInstructions
  readonly tell: (line: string) => void
}

/** One of the five: a process that is started again whenever it ends, until it is put down or the run is over. */
export class TortureNode implements AsyncDisposable {
  readonly machine: Machine
  readonly disk: SmallDisk
  readonly name: string
  /** Processes that ended though nobody had killed them, for another reason than a disk without room. */
  readonly crashes: string[] = []
  /** How often it stopped because its disk was full. */
  stops = 0
  starts = 0
  readonly #lab: Lab
  readonly #tell: (line: string) => void
  readonly #instructions: NodeInstructions
  #process: LineProcess | undefined
  /** Of this process, or, while there is none or it is not ready, of the next that will be. */
  #ready: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  #isReady = false
  #answers = new Map<NodeOrder, PromiseWithResolvers<string>>()
  #wanted = false
  /** Its disk is full, or was a moment ago. */
  #mayStop = false

  constructor(options: TortureNodeOptions) {
    this.#lab = options.lab
    this.#tell = options.tell
    this.machine = options.machine
    this.disk = options.disk
    this.name = options.machine.name
    this.#instructions = options.instructions
  }

  /** Resolves when it takes part. */
  start(): Promise<void> {
    this.#wanted = true
    if (this.#process === undefined) this.#run()
    return this.#ready.promise
  }

  /** `kill -9`, and it stays down until it is started. */
  async kill(): Promise<void> {
    this.#wanted = false
    const running = this.#process
    if (running === undefined) return
    running.signal('SIGKILL')
    await running.ended
  }

  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  async fillDisk(): Promise<void> {
    this.#mayStop = true
    await this.disk.fill()
  }

  /** It comes back by itself. */
  async emptyDisk(): Promise<void> {
    await this.disk.empty()
    if (this.#wanted) await this.#ready.promise
    this.#mayStop = false
  }

  /** Rejects if it ends meanwhile. */
  ask(order: NodeOrder): Promise<string> {
    const answer = this.#answers.get(order) ?? Promise.withResolvers<string>()
    answer.promise.catch(() => {})
    this.#answers.set(order, answer)
    if (this.#process === undefined) answer.reject(new Error(`${this.name} does not run`))
    else this.#process.write(order)
    return answer.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #run(): void {
    this.starts++
    const running = new LineProcess(this.#lab, this.machine, program, (line) => this.#take(line))
    this.#process = running
    running.write(JSON.stringify(this.#instructions))
    void running.ended.then((ending) => this.#ended(ending))
  }

  #take(line: string): void {
    const [word = '', ...rest] = line.split(' ')
    if (word === 'ready') {
      this.#isReady = true
      this.#tell(`  ${this.name} is up`)
      this.#ready.resolve()
      return
    }
    this.#answers.get(word as NodeOrder)?.resolve(rest.join(' '))
    this.#answers.delete(word as NodeOrder)
  }

  #ended({ code, signal, said }: Ending): void {
    this.#process = undefined
    if (this.#isReady) this.#ready = Promise.withResolvers()
    this.#isReady = false
    for (const { reject } of this.#answers.values()) reject(new Error(`${this.name} has ended`))
    this.#answers.clear()
    this.#tell(`  ${this.name} is down (${signal ?? code})`)
    const killed = signal === 'SIGKILL' && !this.#wanted
    if (code === stoppedExitCode && this.#mayStop) this.stops++
    else if (!killed) this.crashes.push(`${this.name} ended by itself (${signal ?? code}): ${said.trim()}`)
    setTimeout(() => {
      if (this.#wanted && this.#process === undefined) this.#run()
    }, restartPauseMs)
  }
}
