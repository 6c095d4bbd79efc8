import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { nodeProgram } from '../running-node/node-program.ts'
import { terminalWatch } from '../running-node/terminal-watch.ts'
import type { Command } from './command.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export const upCommand: Command = {
  name: 'up',
  summary: 'run a node here until it is told to stop; `flotilla up -- --help` lists its flags',
  usage: 'flotilla up [FLAGS]',
  examples: [
    ['flotilla up', 'a node on .flotilla/node; Ctrl-C stops it'],
    ['flotilla up --name ann --port 7500', 'flags are those of the node: `flotilla up -- --help` lists them'],
  ],
  options: [],
  words: { least: 0, most: 0 },
  handsOn: true,
  async run({ words, options, environment }) {
    const json = options.has('json') && !words.includes('--json') ? ['--json'] : []
    const env = options.has('no-color') ? { ...environment, NO_COLOR: '1' } : environment
    return { exitCode: await runInFront([...nodeProgram(), ...words, ...json], env), lines: [], document: undefined }
  },
}

/** Runs it with our output until it ends, and hands every signal on. */
function runInFront(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    // In a process group of its own: Ctrl-C then reaches it through us only, once, and not as two signals at a time,
    // which would mean "at once" to it.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env,
      detached: process.platform !== 'win32',
    })
    const terminal = terminalWatch()
    // The node has no terminal of its own that could go away, so it would take the signal for a wish to read its
    // settings again, and go on where nobody sees it.
    const handOn = (signal: NodeJS.Signals): void =>
      void child.kill(signal === 'SIGHUP' && terminal.isGone() ? 'SIGTERM' : signal)
    for (const signal of signals) process.on(signal, handOn)
    const letGo = (): void => {
      for (const signal of signals) process.off(signal, handOn)
    }
    child.on('error', (error) => {
      letGo()
      reject(error)
    })
    child.on('exit', (code, signal) => {
      letGo()
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM'])
    })
  })
}
