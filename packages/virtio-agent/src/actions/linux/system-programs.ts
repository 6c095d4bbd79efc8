import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import type { EndedProgram, ProgramRunner, RunningProgram } from '../../execution/contract.ts'
import { QgaRefusal } from '../../qga/contract.ts'

export interface SystemProgram {
  readonly path: string
  readonly arguments: readonly string[]
  /** Of which package it is, for who has it not. */
  readonly package?: string
  readonly input?: Uint8Array
  readonly timeoutMs?: number
  /** Whether what it starts goes on after it. */
  readonly leavesOthers?: boolean
}

export interface ProgramAnswer {
  readonly isDone: boolean
  readonly said: string
  /** Why it failed, as one line. */
  readonly complaint: string
}

export interface SystemProgramsOptions {
  readonly runner: ProgramRunner
  readonly clock: Clock
  readonly timeoutMs: number
  /** A program that has been ended may be stuck in the kernel, as on a dead disk: nobody waits longer for it. */
  readonly stuckMs: number
  readonly outputBytesMax: number
  /** `NAME=value`, besides a language that can be read. */
  readonly environment: readonly string[]
}

/** Programs of this system, with fixed arguments and never through a shell. */
export class SystemPrograms {
  readonly #options: SystemProgramsOptions

  constructor(options: SystemProgramsOptions) {
    this.#options = options
  }

  /** Rejects with a `QgaRefusal` where it is not there, or took too long. */
  async run(program: SystemProgram): Promise<ProgramAnswer> {
    const answer = await this.#runIfThere(program)
    if (answer !== undefined) return answer
    const hint = program.package === undefined ? '' : `: install ${program.package}`
    throw new QgaRefusal(`this guest has no program ${program.path}${hint}`)
  }

  /** As `run`, and rejects too where it fails. */
  async done(program: SystemProgram): Promise<string> {
    const { isDone, said, complaint } = await this.run(program)
    if (!isDone) throw new QgaRefusal(`${program.path} failed: ${complaint}`)
    return said
  }

  /** The first one that is there and does it; rejects with what the last one said. */
  async firstDone(programs: readonly SystemProgram[]): Promise<void> {
    let complaint: string | undefined
    for (const program of programs) {
      const answer = await this.#runIfThere(program)
      if (answer?.isDone === true) return
      if (answer !== undefined) complaint = `${program.path} failed: ${answer.complaint}`
    }
    const names = [...new Set(programs.map(({ path }) => path))].join(', ')
    throw new QgaRefusal(complaint ?? `this guest has none of the programs ${names}`)
  }

  async #runIfThere(program: SystemProgram): Promise<ProgramAnswer | undefined> {
    const { runner, environment, outputBytesMax } = this.#options
    const timeoutMs = program.timeoutMs ?? this.#options.timeoutMs
    const { path, input, leavesOthers } = program
    try {
      const running = await runner.start({
        path,
        arguments: program.arguments,
        environment: [...environment, 'LC_ALL=C'],
        capture: 'separated',
        outputBytesMax,
        timeoutMs,
        ...(input === undefined ? {} : { input }),
        ...(leavesOthers === undefined ? {} : { leavesOthers }),
      })
      const ended = await this.#endOf(running, timeoutMs)
      if (ended === undefined) throw new QgaRefusal(`${path} is stuck in the kernel, and cannot be ended`)
      const { exitCode, signal, stdout, stderr, endedBy } = ended
      if (endedBy !== undefined) throw new QgaRefusal(`${path} took longer than ${timeoutMs} ms and was ended`)
      const said = new TextDecoder().decode(stdout)
      const ending = exitCode === undefined ? `it was ended by ${signal ?? 'a signal'}` : `exit code ${exitCode}`
      return { isDone: exitCode === 0, said, complaint: oneLine(new TextDecoder().decode(stderr)) || ending }
    } catch (error) {
      if (error instanceof FlotillaError && error.code === 'not-found') return undefined
      throw refusalOf(error)
    }
  }

  async #endOf(running: RunningProgram, timeoutMs: number): Promise<EndedProgram | undefined> {
    const { clock, stuckMs } = this.#options
    const { promise: givenUp, resolve } = Promise.withResolvers<undefined>()
    using _ = clock.wakeAt(after(clock.now(), timeoutMs + stuckMs), () => resolve(undefined))
    return await Promise.race([running.ended, givenUp])
  }
}

/** What the runner says of programs is for the host too; a bug of ours is not. */
export function refusalOf(error: unknown): unknown {
  return error instanceof FlotillaError ? new QgaRefusal(error.sentence, { cause: error }) : error
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 512)
}
