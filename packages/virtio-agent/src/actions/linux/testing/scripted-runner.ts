import { FlotillaError } from '@flotilla/core/errors'
import type { EndedProgram, ProgramRunner, ProgramToRun, RunningProgram } from '../../../execution/contract.ts'

export interface ScriptedAnswer {
  readonly exitCode?: number
  readonly signal?: string
  readonly said?: string
  readonly complaint?: string
  readonly endedBy?: 'timeout'
}

/** Runs nothing: what a program says is told by a function; undefined where there is no such program. */
export class ScriptedRunner implements ProgramRunner {
  readonly ran: string[] = []
  readonly programs: ProgramToRun[] = []
  /** What their input was when they were started. */
  readonly inputs: string[] = []
  readonly #answer: (line: string) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>
  #pids = 100

  constructor(answer: (line: string) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>) {
    this.#answer = answer
  }

  async start(program: ProgramToRun): Promise<RunningProgram> {
    const line = [program.path, ...program.arguments].join(' ')
    this.programs.push(program)
    this.inputs.push(new TextDecoder().decode(program.input))
    const { promise, resolve } = Promise.withResolvers<EndedProgram>()
    const answer = this.#answer(line)
    if (answer === undefined) throw new FlotillaError('not-found', `there is no program ${program.path}`)
    this.ran.push(line)
    void Promise.resolve(answer).then((given) => resolve(endedAs(given ?? {})))
    return { pid: ++this.#pids, ended: promise, end: () => resolve(endedAs({ signal: 'SIGTERM' })) }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}

function endedAs({ exitCode = 0, signal, said = '', complaint = '', endedBy }: ScriptedAnswer): EndedProgram {
  return {
    ...(signal === undefined ? { exitCode } : { signal }),
    stdout: new TextEncoder().encode(said),
    stderr: new TextEncoder().encode(complaint),
    isStdoutCut: false,
    isStderrCut: false,
    usage: { wallMs: 1 },
    ...(endedBy === undefined ? {} : { endedBy }),
  }
}
