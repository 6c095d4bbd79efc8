import type { ResourceUsage } from '../contract.ts'

/** A program, as somebody wants it run. */
export interface ProgramToRun {
  /** Looked for in the path, unless it has a slash. */
  readonly path: string
  readonly arguments: readonly string[]
  /** `NAME=value`, in place of ours. */
  readonly environment?: readonly string[]
  readonly folder?: string
  readonly input?: Uint8Array
  readonly capture: 'none' | 'stdout' | 'stderr' | 'separated' | 'merged'
  /** Of each stream; the rest is read and dropped. */
  readonly outputBytesMax: number
  /** It is ended after so long, with all that it has started. */
  readonly timeoutMs?: number
  /** What it may take, with all that it has started. */
  readonly confinement?: Confinement
  /**
   * Whether what it has started may go on after it has ended. Without, all of it ends with it, but for what has made
   * itself a session of its own where there are no control groups.
   */
  readonly leavesOthers?: boolean
  /** Pieces as they come, up to the same limit; they may not be kept. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
}

export interface Confinement {
  readonly memoryBytesMax?: number
  /** Of one core: 150 is one and a half. */
  readonly processorPercentMax?: number
  readonly processesMax?: number
}

export interface RunningProgram {
  readonly pid: number
  /** Never rejects. */
  readonly ended: Promise<EndedProgram>
  /** Ends it, with all that it has started. */
  end(why: 'cancelled'): void
}

export interface EndedProgram {
  readonly exitCode?: number
  /** As `SIGKILL`. */
  readonly signal?: string
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly isStdoutCut: boolean
  readonly isStderrCut: boolean
  readonly usage: ResourceUsage
  /** It was ended by us. */
  readonly endedBy?: 'timeout' | 'cancelled'
}

/** Runs programs; disposing ends those that run. */
export interface ProgramRunner extends AsyncDisposable {
  /**
   * Resolves once it runs. Rejects with `not-found` or `not-permitted` where it cannot be run, and with `overloaded`
   * where too many run.
   */
  start(program: ProgramToRun): Promise<RunningProgram>
}
