import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { FlotillaError } from '@flotilla/core/errors'
import { CapturedOutput } from './captured-output.ts'
import { confinedCommand, type ConfinementWay } from './confined-command.ts'
import type { EndedProgram, ProgramRunner, ProgramToRun, RunningProgram } from './contract.ts'
import { validateExecutionLimits, type ExecutionLimits } from './limits.ts'
import { programPath } from './node-program-path.ts'
import { ControlGroups, type ProgramGroup } from './node-control-groups.ts'

/** Each waits twice as long as the one before. */
const removalTriesMax = 8

export interface ProgramRunnerOptions {
  readonly limits?: Partial<ExecutionLimits>
  /** Default: those of this system, if we may make any. */
  readonly groups?: Pick<ControlGroups, 'make'> | 'none'
}

/** Runs programs in sessions of their own, so that each can be ended with all that it has started. */
export function programRunner(options: ProgramRunnerOptions = {}): ProgramRunner & { readonly way: ConfinementWay } {
  return new NodeProgramRunner(options, validateExecutionLimits(options.limits))
}

class NodeProgramRunner implements ProgramRunner {
  readonly way: ConfinementWay
  readonly #limits: ExecutionLimits
  readonly #groups: Pick<ControlGroups, 'make'> | undefined
  readonly #running = new Set<NodeProgram>()
  #isClosed = false

  constructor({ groups }: ProgramRunnerOptions, limits: ExecutionLimits) {
    this.#limits = limits
    this.#groups = groups === 'none' ? undefined : (groups ?? ControlGroups.find())
    this.way = this.#groups === undefined ? (existsSync('/bin/sh') ? 'rlimits' : 'none') : 'cgroup'
  }

  async start(program: ProgramToRun): Promise<RunningProgram> {
    if (this.#isClosed) throw closed()
    const { programsMax } = this.#limits
    if (this.#running.size >= programsMax) {
      throw new FlotillaError('overloaded', `${programsMax} programs run already`, { hint: 'wait until one has ended' })
    }
    const environmentPath = program.environment?.find((line) => line.startsWith('PATH='))?.slice('PATH='.length)
    const path = await programPath(program.path, environmentPath)
    if (this.#isClosed) throw closed()
    const group = program.confinement === undefined ? undefined : this.#groups?.make(program.confinement)
    const running = this.#run({ ...program, path }, group)
    this.#running.add(running)
    void running.ended.then(() => this.#running.delete(running))
    await running.started
    return running
  }

  /** Some of what the system says, as that a command line is too long, is thrown at once. */
  #run(program: ProgramToRun, group: ProgramGroup | undefined): NodeProgram {
    try {
      return new NodeProgram(program, { group, way: this.way, limits: this.#limits })
    } catch (error) {
      group?.remove()
      throw refusalOf(program.path, error instanceof Error ? error : new Error(String(error)))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const program of this.#running) program.end('cancelled')
    await Promise.all([...this.#running].map(({ ended }) => ended))
  }
}

interface Surroundings {
  readonly group: ProgramGroup | undefined
  readonly way: ConfinementWay
  readonly limits: ExecutionLimits
}

class NodeProgram implements RunningProgram {
  /** Rejects where it could not be run. */
  readonly started: Promise<void>
  readonly ended: Promise<EndedProgram>
  readonly #program: ProgramToRun
  readonly #around: Surroundings
  readonly #child: ChildProcess
  readonly #begunAt = performance.now()
  readonly #out: CapturedOutput
  readonly #err: CapturedOutput
  #endedBy: 'timeout' | 'cancelled' | undefined
  #timers: NodeJS.Timeout[] = []

  constructor(program: ProgramToRun, around: Surroundings) {
    this.#program = program
    this.#around = around
    this.#out = new CapturedOutput(program.outputBytesMax)
    this.#err = new CapturedOutput(program.outputBytesMax)
    this.#child = this.#spawned()
    this.started = this.#whenStarted()
    this.ended = this.#whenEnded()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  end(why: 'timeout' | 'cancelled'): void {
    if (this.#endedBy !== undefined || !this.#isRunning) return
    this.#endedBy = why
    this.#signal('SIGTERM')
    this.#later(this.#around.limits.endGraceMs, () => this.#killAll())
  }

  get #isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  #spawned(): ChildProcess {
    const { path, capture, environment, folder, confinement, timeoutMs } = this.#program
    const { group, way } = this.#around
    const isMerged = capture === 'merged'
    const command = confinedCommand({
      path,
      arguments: this.#program.arguments,
      mergesOutput: isMerged,
      confinement,
      timeoutMs,
      way,
      groupFolder: group?.folder,
    })
    const out = capture === 'stdout' || capture === 'separated' || isMerged ? 'pipe' : 'ignore'
    const err = capture === 'stderr' || capture === 'separated' ? 'pipe' : 'ignore'
    return spawn(command.path, command.arguments, {
      detached: true,
      stdio: [this.#program.input === undefined ? 'ignore' : 'pipe', out, err],
      ...(environment === undefined ? {} : { env: environmentOf(environment) }),
      ...(folder === undefined ? {} : { cwd: folder }),
    })
  }

  #whenStarted(): Promise<void> {
    const { path, timeoutMs, input, onOutput } = this.#program
    return new Promise((resolve, reject) => {
      this.#child.once('error', (error: Error) => reject(refusalOf(path, error)))
      this.#child.once('spawn', () => {
        this.#read(this.#child.stdout, this.#out, (bytes) => onOutput?.('stdout', bytes))
        this.#read(this.#child.stderr, this.#err, (bytes) => onOutput?.('stderr', bytes))
        // A program that does not read its input to the end is no failure of ours.
        this.#child.stdin?.on('error', () => {}).end(input)
        if (timeoutMs !== undefined) this.#later(timeoutMs, () => this.end('timeout'))
        resolve()
      })
    })
  }

  #whenEnded(): Promise<EndedProgram> {
    const { leavesOthers = false } = this.#program
    return new Promise((resolve) => {
      const settle = (): void => {
        for (const timer of this.#timers) clearTimeout(timer)
        this.#child.stdout?.destroy()
        this.#child.stderr?.destroy()
        resolve(this.#ending())
      }
      this.#child.once('error', () => {
        if (this.#child.pid === undefined) settle()
      })
      this.#child.once('exit', () => {
        if (!leavesOthers || this.#endedBy !== undefined) this.#killAll()
        const timer = setTimeout(settle, this.#around.limits.outputGraceMs)
        this.#child.once('close', () => {
          clearTimeout(timer)
          settle()
        })
      })
    })
  }

  #ending(): EndedProgram {
    const { exitCode, signalCode } = this.#child
    const { group } = this.#around
    const usage = { wallMs: performance.now() - this.#begunAt, ...group?.usage() }
    if (group !== undefined) removeInTime(group, this.#around.limits.endGraceMs)
    return {
      ...(exitCode === null ? {} : { exitCode }),
      ...(signalCode === null ? {} : { signal: signalCode }),
      stdout: this.#out.bytes(),
      stderr: this.#err.bytes(),
      isStdoutCut: this.#out.isCut,
      isStderrCut: this.#err.isCut,
      usage,
      ...(this.#endedBy === undefined ? {} : { endedBy: this.#endedBy }),
    }
  }

  #read(stream: Readable | null, into: CapturedOutput, tell: (bytes: Uint8Array) => void): void {
    stream
      ?.on('error', () => {})
      .on('data', (piece: Uint8Array) => {
        const kept = into.take(piece)
        if (kept.length > 0) tell(kept)
      })
  }

  #killAll(): void {
    this.#around.group?.kill()
    this.#signal('SIGKILL')
  }

  /** To all of its session that have not made one of their own. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // All of them are gone.
    }
  }

  #later(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms))
  }
}

/** What has been killed takes a moment to be gone, and longer the more it is. */
function removeInTime(group: ProgramGroup, againMs: number, triesLeft: number = removalTriesMax): void {
  if (group.remove() || triesLeft === 0) return // What is left is removed by the next life.
  setTimeout(() => removeInTime(group, againMs * 2, triesLeft - 1), againMs).unref()
}

function closed(): FlotillaError {
  return new FlotillaError('closed', 'no more programs are run: this was closed')
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

function refusalOf(path: string, error: Error): FlotillaError {
  return new FlotillaError('failed', `${JSON.stringify(path.slice(0, 256))} could not be run: ${error.message}`, {
    cause: error,
  })
}
