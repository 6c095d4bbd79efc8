import { FlotillaError } from '@flotilla/core/errors'
import type { EndedProgram, ProgramRunner, ProgramToRun, RunningProgram } from '../execution/contract.ts'

/** What a program would have said. `hangs`: until it is ended. */
export interface ScriptedAnswer {
  readonly exitCode?: number
  readonly stdout?: string
  readonly stderr?: string
  readonly hangs?: boolean
}

/** Runs nothing: programs answer what the script says, and those that it does not know are not there. */
export class ScriptedRunner implements ProgramRunner {
  readonly ran: ProgramToRun[] = []
  readonly #script: (program: ProgramToRun) => ScriptedAnswer | undefined
  isDisposed = false

  constructor(script: (program: ProgramToRun) => ScriptedAnswer | undefined = () => undefined) {
    this.#script = script
  }

  /** The command lines that were run. */
  get lines(): readonly string[] {
    return this.ran.map((program) => [program.path, ...program.arguments].join(' '))
  }

  start(program: ProgramToRun): Promise<RunningProgram> {
    this.ran.push(program)
    const answer = this.#script(program)
    if (answer === undefined) {
      return Promise.reject(new FlotillaError('not-found', `there is no program ${program.path}`))
    }
    const { promise: ended, resolve } = Promise.withResolvers<EndedProgram>()
    const bytes = (text = ''): Uint8Array => new TextEncoder().encode(text)
    const [stdout, stderr] = [bytes(answer.stdout), bytes(answer.stderr)]
    const usage = { wallMs: 1 }
    const end = (how: Partial<EndedProgram>): void => {
      resolve({ stdout, stderr, isStdoutCut: false, isStderrCut: false, usage, ...how })
    }
    if (stdout.length > 0) program.onOutput?.('stdout', stdout)
    if (stderr.length > 0) program.onOutput?.('stderr', stderr)
    if (answer.hangs !== true) end({ exitCode: answer.exitCode ?? 0 })
    return Promise.resolve({ pid: 1, ended, end: (why) => end({ signal: 'SIGTERM', endedBy: why }) })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true
    return Promise.resolve()
  }
}
