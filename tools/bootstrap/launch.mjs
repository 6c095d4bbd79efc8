import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * Starts the program that this was all for, hands it our input and output, and waits for its end. Each signal is
 * passed on once: how long a shutdown may take is the program's own decision.
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
    /** @type {Set<NodeJS.Signals>} */
    const passedOn = new Set()
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      if (signal === 'SIGINT' && terminalDelivers) return
      if (!passedOn.has(signal)) child.kill(signal)
      passedOn.add(signal)
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
