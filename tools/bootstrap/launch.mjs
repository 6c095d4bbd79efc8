import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'

/** npm passes a Ctrl-C on that the terminal has sent to us as well; nobody presses twice within this time. */
const sameWishMs = 1_000

/**
 * Starts the program that this was all for, hands it our input and output, and stays out of its way.
 *
 * A program that runs `apart` gets a process group of its own, so that Ctrl-C reaches it through us only, exactly once,
 * however often npm, the shell and the terminal repeat it. A program that talks with the person at the keyboard has to
 * stay in the terminal's group; there the terminal itself delivers Ctrl-C, and we pass on what others send.
 *
 * @param {string} node
 * @param {readonly string[]} args
 * @param {{ readonly env: NodeJS.ProcessEnv, readonly apart: boolean }} options
 * @returns {Promise<number>} The exit code to pass on.
 */
export function launch(node, args, { env, apart }) {
  return new Promise((resolve, reject) => {
    const watch = new URL('./parent-watch.mjs', import.meta.url).href
    const child = spawn(node, ['--import', watch, ...args], {
      stdio: 'inherit',
      env: { ...env, FLOTILLA_LAUNCHER: String(process.pid) },
      detached: apart && process.platform !== 'win32',
    })
    const terminalDelivers = !apart && process.stdin.isTTY
    /** @type {Map<string, number>} */
    const passedOnMs = new Map()
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      if (signal === 'SIGINT' && terminalDelivers) return
      const now = performance.now()
      if (now - (passedOnMs.get(signal) ?? -Infinity) < sameWishMs) return
      passedOnMs.set(signal, now)
      child.kill(signal)
    }
    process.on('SIGINT', passOn)
    process.on('SIGTERM', passOn)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', passOn)
      process.off('SIGTERM', passOn)
      resolve(code ?? 128 + (signalNumbers[signal ?? 'SIGTERM'] ?? 15))
    })
  })
}

/** @type {Readonly<Record<string, number>>} */
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }
