import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { FlotillaError } from '@flotilla/core/errors'

export interface GuardedCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** When its signal aborts, the command has to end. */
  readonly hold: { readonly signal: AbortSignal }
  /** How long it may take to end, before it is killed. */
  readonly killGraceMs: number
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
/** What a terminal sends to everybody in front, the command included. */
const keyedIn: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT'])

/** Runs the command in front and hands signals on; gives its exit code, as a shell would. */
export function runGuarded({ command, args, env, hold, killGraceMs }: GuardedCommand): Promise<number> {
  if (hold.signal.aborted) return Promise.resolve(128 + constants.signals.SIGTERM)
  // With a terminal it stays in front of that. Without one it leads a group of its own, so that all that it has started
  // can be made to end with it.
  const isTerminal = process.stdin.isTTY
  const isGroup = !isTerminal && process.platform !== 'win32'
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env, detached: isGroup })
    const send = (signal: NodeJS.Signals): void => sendTo(child, signal, isGroup)
    const handOn = (signal: NodeJS.Signals): void => {
      if (!isTerminal || !keyedIn.has(signal)) send(signal)
    }
    let killing: NodeJS.Timeout | undefined
    const lost = (): void => {
      send('SIGTERM')
      killing = setTimeout(() => send('SIGKILL'), killGraceMs)
    }
    hold.signal.addEventListener('abort', lost, { once: true })
    for (const signal of signals) process.on(signal, handOn)
    const letGo = (): void => {
      clearTimeout(killing)
      hold.signal.removeEventListener('abort', lost)
      for (const signal of signals) process.off(signal, handOn)
    }
    child.on('error', (error) => {
      letGo()
      reject(notStarted(command, error))
    })
    child.on('exit', (code, signal) => {
      letGo()
      // What it has started and left behind must not go on without the lock either.
      if (hold.signal.aborted) send('SIGKILL')
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
    })
  })
}

function sendTo(child: ChildProcess, signal: NodeJS.Signals, isGroup: boolean): void {
  if (!isGroup || child.pid === undefined) {
    child.kill(signal)
    return
  }
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone.
  }
}

function notStarted(command: string, error: NodeJS.ErrnoException): FlotillaError {
  const isMissing = error.code === 'ENOENT'
  const what = `${JSON.stringify(command)} cannot be run (${error.message})`
  return new FlotillaError(isMissing ? 'command-not-found' : 'command-not-executable', what, {
    hint: isMissing ? 'see that it is there and on the path' : 'see that it may be run',
    cause: error,
  })
}
