import { spawn } from 'node:child_process'
import { Interrupted, Problem } from './problem.mjs'

/** The end of what a program printed is what explains its failure. */
const outputCharactersMax = 64 * 1024

/**
 * @typedef {object} Call
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {AbortSignal} signal Ends the program.
 * @property {(pid: number) => void} [onStart]
 * @property {(text: string) => void} [onOutput]
 */

/** @typedef {{ readonly code: number, readonly output: string }} Ending */

/**
 * Runs a program to its end and keeps what it printed. An exit code is an answer, not an error; a program that cannot
 * be started at all is a Problem.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Call} call
 * @returns {Promise<Ending>}
 */
export function run(program, args, { cwd, env, signal, onStart, onOutput }) {
  return new Promise((resolve, reject) => {
    let output = ''
    /** @param {string} text */
    const keep = (text) => {
      output = (output + text).slice(-outputCharactersMax)
      onOutput?.(text)
    }
    // On Windows npm is a script, which only a shell can start.
    const shell = process.platform === 'win32' && program === 'npm'
    const child = spawn(program, args, { cwd, env, signal, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => {
      // An aborted child is still ending; only its `close` says that it writes no more.
      if (!signal.aborted) reject(cannotStart(program, error))
    })
    child.on('close', (code, killedBy) => {
      if (signal.aborted) reject(new Interrupted(`${program} was interrupted`))
      else resolve({ code: code ?? 1, output: killedBy === null ? output : `${output}\n(killed by ${killedBy})` })
    })
    if (child.pid !== undefined) onStart?.(child.pid)
  })
}

/**
 * @param {string} program
 * @param {Error & { code?: string }} error
 */
function cannotStart(program, error) {
  if (error.code !== 'ENOENT') {
    return new Problem(
      `${program} could not be started: ${error.message}`,
      'Mend that, then run the same command again.',
    )
  }
  return program === 'npm'
    ? new Problem(
        'npm was not found on the PATH.',
        'npm comes with Node; where the system splits them, install it (Debian, Ubuntu: apt-get install npm).',
      )
    : new Problem(`${program} is not there or does not run on this system.`, 'Delete the folder .tools and try again.')
}
