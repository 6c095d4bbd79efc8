import { spawn } from 'node:child_process'

/** A step that prints more than this has lost its mind; the end of it is what explains the failure. */
const outputCharactersMax = 16 * 1024 * 1024

export interface ChildOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Ends the child. */
  readonly signal: AbortSignal
}

export interface Ending {
  readonly code: number
  readonly output: string
}

/** Runs a program to its end. One that cannot be started is like one that failed: what happened is in the output. */
export function runChild(
  program: string,
  args: readonly string[],
  { cwd, env, signal }: ChildOptions,
): Promise<Ending> {
  return new Promise((resolve) => {
    let output = ''
    const keep = (text: string): void => {
      output = (output + text).slice(-outputCharactersMax)
    }
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd,
      env,
      signal,
      shell: process.platform === 'win32' && program !== 'node',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => keep(`\n${program}: ${error.message}\n`))
    child.on('close', (code, killedBy) => {
      if (killedBy !== null) keep(`\n${program} was killed by ${killedBy}\n`)
      resolve({ code: code ?? 1, output })
    })
  })
}
