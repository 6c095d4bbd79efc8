import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from '../running-node/node-answer.ts'
import { nodeProgram } from '../running-node/node-program.ts'
import { BoundedLog } from './bounded-log.ts'
import type { PlannedNode } from './demo-plan.ts'
import { RestartBudget } from './restart-budget.ts'

/** What a node says of itself when it is ready. */
export interface ReadyNode {
  readonly id: string
  readonly pid: number
  readonly pageUrl: string
}

/** Ends a node whose parent has been killed so hard that it could not do that itself. */
const parentWatch = new URL('../../../../tools/bootstrap/parent-watch.mjs', import.meta.url)

type Child = ChildProcessByStdio<null, Readable, Readable>

/** A process with a node in it, which is started again where it ends without being told to. */
export class SupervisedNode implements AsyncDisposable {
  readonly planned: PlannedNode
  readonly #say: (text: string) => void
  readonly #budget = new RestartBudget({
    restartsMax: cliLimitsDefaults.demoRestartsMax,
    restartsWithinMs: cliLimitsDefaults.demoRestartsWithinMs,
    firstDelayMs: cliLimitsDefaults.demoRestartDelayMs,
    delayMsMax: cliLimitsDefaults.demoRestartDelayMsMax,
  })
  readonly #log: BoundedLog
  #child: Child | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #restart: NodeJS.Timeout | undefined
  #isStopping = false
  #lastComplaint = 'it said nothing'

  /** `say` tells the person in front of it what happens. */
  constructor(planned: PlannedNode, say: (text: string) => void) {
    this.planned = planned
    this.#say = say
    this.#log = new BoundedLog(planned.log, cliLimitsDefaults.demoLogBytesMax)
  }

  /** Starts it; a first start that fails is not tried again. */
  async start(): Promise<ReadyNode> {
    const ready = await this.#run()
    this.#watch()
    return ready
  }

  /** At once, with nothing finished. */
  kill(): void {
    this.#stopRestarting()
    this.#child?.kill('SIGKILL')
  }

  /** Cleanly. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopRestarting()
    this.#child?.kill('SIGTERM')
    await this.#ended
    this.#log[Symbol.dispose]()
  }

  #stopRestarting(): void {
    this.#isStopping = true
    clearTimeout(this.#restart)
  }

  async #run(): Promise<ReadyNode> {
    const args = ['--import', parentWatch.href, ...nodeProgram(), ...this.planned.flags]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FLOTILLA_LAUNCHER: String(process.pid) },
      // In a group of its own: a Ctrl-C that the terminal sends to all must reach it through us only.
      detached: process.platform !== 'win32',
    })
    this.#child = child
    this.#ended = once(child, 'close').catch(() => {})
    child.stderr.on('data', (bytes: Buffer) => {
      this.#log.write(bytes)
      const said = bytes.toString('utf8').trim().split('\n')
      this.#lastComplaint = said.find((line) => line.startsWith('flotillad: ')) ?? said.at(-1) ?? this.#lastComplaint
    })
    return await this.#ready(child)
  }

  /** From the first line that it prints; the rest of its output is read so that it never waits for us. */
  #ready(child: Child): Promise<ReadyNode> {
    const { demoStartMsMax: startMsMax } = cliLimitsDefaults
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        const hint = `its log is ${this.planned.log}`
        reject(new FlotillaError('node-failed', `node ${this.planned.name} ${why}`, { hint }))
      }
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        fail(`was not ready in ${startMsMax / 1_000} s`)
      }, startMsMax)
      child.on('error', (error) => fail(`could not be started: ${error.message}`))
      void this.#ended.then(() => fail(`did not start: ${this.#lastComplaint}`))
      createInterface(child.stdout).once('line', (line) => {
        clearTimeout(timer)
        try {
          const said = NodeAnswer.parse(line)
          resolve({ id: said.text('id'), pid: said.count('pid'), pageUrl: said.text('pageUrl') })
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error
          fail(`said something else than that it is ready: ${error.message}`)
        }
      })
    })
  }

  /** Waits for an end that nobody asked for. */
  #watch(): void {
    const child = this.#child
    const ended = async (): Promise<void> => {
      await this.#ended
      if (!this.#isStopping) this.#again(child?.signalCode ?? `code ${child?.exitCode ?? '?'}`)
    }
    void ended()
  }

  #again(how: string): void {
    const { name, log } = this.planned
    const delayMs = this.#budget.ended(performance.now())
    if (delayMs === undefined) {
      return this.#say(`Node ${name} keeps ending (${how}) and stays off: ${log} says why. The others go on.`)
    }
    this.#say(`Node ${name} ended (${how}); it is started again.`)
    this.#restart = setTimeout(() => void this.#comeBack(), delayMs)
  }

  async #comeBack(): Promise<void> {
    try {
      const { pid } = await this.#run()
      this.#say(`Node ${this.planned.name} is back, as process ${pid}.`)
      this.#watch()
    } catch (error) {
      if (!this.#isStopping) this.#again(error instanceof Error ? error.message : String(error))
    }
  }
}
