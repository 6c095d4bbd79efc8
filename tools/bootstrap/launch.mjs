import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** What comes again within so long is the same Ctrl-C, told by the terminal and by npm; a person takes longer. */
const repeatedMsMax = 400

/**
 * Starts the program that this was all for, hands it our input and output, and waits for its end. A signal is passed
 * on each time that a person gives it: how long a shutdown may take is the program's own decision, and a second Ctrl-C
 * asks it to stop at once.
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
    const isNew = newSignals()
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      if (signal === 'SIGINT' && terminalDelivers) return
      if (isNew(signal, performance.now())) child.kill(signal)
    }
    process.on('SIGINT', passOn)
    process.on('SIGTERM', passOn)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', passOn)
      process.off('SIGTERM', passOn)
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
    })
  })
}

/**
 * Tells a signal that a person gives from the echo of one. It is to be asked for each signal that comes.
 * @returns {(signal: NodeJS.Signals, nowMs: number) => boolean}
 */
export function newSignals() {
  /** @type {Map<NodeJS.Signals, number>} */
  const heardAtMs = new Map()
  return (signal, nowMs) => {
    const before = heardAtMs.get(signal) ?? Number.NEGATIVE_INFINITY
    heardAtMs.set(signal, nowMs)
    return nowMs - before > repeatedMsMax
  }
}
