import { FlotillaError } from '@flotilla/core/errors'
import type { ProgramRunner } from './contract.ts'

/** A program of the system that is asked something, or told to do something. */
export interface ProgramQuestion {
  readonly path: string
  readonly arguments: readonly string[]
  readonly timeoutMs: number
  readonly outputBytesMax: number
  /** Default: `plainEnvironment`. */
  readonly environment?: readonly string[]
  readonly input?: Uint8Array
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  /** Ends the program. Without it the program runs on to its own end, which is what some must. */
  readonly signal?: AbortSignal
}

export interface ProgramAnswer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** There was more on stdout than `outputBytesMax`. */
  readonly isCut: boolean
}

/** Nothing of ours, and words as programs expect them that read them. */
export const plainEnvironment: readonly string[] = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LC_ALL=C.UTF-8',
  'TERM=dumb',
]

/** Rejects with `timed-out`, with the signal's reason, with `failed` where a signal ended it, or as `start` does. */
export async function programAnswer(runner: ProgramRunner, question: ProgramQuestion): Promise<ProgramAnswer> {
  const { signal, onOutput, input, environment = plainEnvironment, ...program } = question
  signal?.throwIfAborted()
  const running = await runner.start({
    ...program,
    environment,
    capture: 'separated',
    ...(input === undefined ? {} : { input }),
    ...(onOutput === undefined ? {} : { onOutput }),
    // What starts services and installs packages leaves daemons behind.
    leavesOthers: true,
  })
  const cancel = (): void => running.end('cancelled')
  signal?.addEventListener('abort', cancel, { once: true })
  if (signal?.aborted === true) cancel()
  const ended = await running.ended
  signal?.removeEventListener('abort', cancel)
  signal?.throwIfAborted()
  const { path, timeoutMs } = program
  if (ended.endedBy === 'timeout') throw new FlotillaError('timed-out', `${path} took longer than ${timeoutMs} ms`)
  if (ended.exitCode === undefined) {
    throw new FlotillaError('failed', `${path} was ended by ${ended.signal ?? 'the system'}`)
  }
  const decoder = new TextDecoder()
  return {
    exitCode: ended.exitCode,
    stdout: decoder.decode(ended.stdout),
    stderr: decoder.decode(ended.stderr),
    isCut: ended.isStdoutCut,
  }
}
