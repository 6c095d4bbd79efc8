import type { EndedProgram, ProgramRunner } from '../../execution/contract.ts'
import { QgaRefusal, type QgaPrograms, type QgaProgramStatus } from '../../qga/contract.ts'
import { refusalOf } from './system-programs.ts'

export interface HostProgramsOptions {
  readonly runner: ProgramRunner
  readonly programsMax: number
  readonly outputBytesMax: number
  readonly outputsBytesMax: number
  /** Of `SIGKILL` 9. */
  readonly signalNumber: (name: string) => number | undefined
}

interface Kept {
  readonly end: () => void
  ended?: EndedProgram
}

/** Programs that the host has started, by their numbers, until it was told how they have ended. */
export class HostPrograms implements QgaPrograms, Disposable {
  readonly #options: HostProgramsOptions
  /** In the order in which they were started. */
  readonly #kept = new Map<number, Kept>()
  /** Begun and without a number yet. */
  #starting = 0

  constructor(options: HostProgramsOptions) {
    this.#options = options
  }

  async start(program: Parameters<QgaPrograms['start']>[0]): Promise<number> {
    const { runner, programsMax, outputBytesMax } = this.#options
    if (this.#kept.size + this.#starting >= programsMax) this.#forgetOldest()
    if (this.#kept.size + this.#starting >= programsMax) {
      throw new QgaRefusal(`${programsMax} programs run already: wait until one of them has ended`)
    }
    this.#starting++
    try {
      // What it leaves running goes on, as with the original: services are started in that way.
      const running = await runner.start({ ...program, outputBytesMax, leavesOthers: true })
      const kept: Kept = { end: () => running.end('cancelled') }
      // The number may have been that of another program, which has ended long ago.
      this.#kept.delete(running.pid)
      this.#kept.set(running.pid, kept)
      void running.ended.then((ended) => this.#end(kept, ended))
      return running.pid
    } catch (error) {
      throw refusalOf(error)
    } finally {
      this.#starting--
    }
  }

  status(pid: number): QgaProgramStatus | undefined {
    const kept = this.#kept.get(pid)
    if (kept === undefined) return undefined
    if (kept.ended === undefined) return { isExited: false }
    this.#kept.delete(pid)
    const { exitCode, signal, stdout, stderr, isStdoutCut, isStderrCut } = kept.ended
    const number = signal === undefined ? undefined : this.#options.signalNumber(signal)
    return {
      isExited: true,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(number === undefined ? {} : { signal: number }),
      stdout,
      stderr,
      isStdoutCut,
      isStderrCut,
    }
  }

  /** Ends those that run. */
  [Symbol.dispose](): void {
    for (const { ended, end } of this.#kept.values()) if (ended === undefined) end()
    this.#kept.clear()
  }

  #end(kept: Kept, ended: EndedProgram): void {
    kept.ended = ended
    while (this.#outputBytes() > this.#options.outputsBytesMax && this.#forgetOldest(kept));
  }

  /** Of those that have ended, but for one; whether there was one. */
  #forgetOldest(except?: Kept): boolean {
    for (const [pid, kept] of this.#kept) {
      if (kept.ended === undefined || kept === except) continue
      return this.#kept.delete(pid)
    }
    return false
  }

  #outputBytes(): number {
    let bytes = 0
    for (const { ended } of this.#kept.values()) bytes += (ended?.stdout.length ?? 0) + (ended?.stderr.length ?? 0)
    return bytes
  }
}
