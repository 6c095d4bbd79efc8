import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { qemuGa, type Contestant } from './contestant.ts'

const startMsMax = 30_000

/** One agent on this machine, at a Unix socket in the place of a port. */
export class AgentHere implements AsyncDisposable {
  readonly socket: string
  readonly #process: ChildProcess

  private constructor(socket: string, process: ChildProcess) {
    this.socket = socket
    this.#process = process
  }

  static async start(contestant: Contestant, folder: string): Promise<AgentHere> {
    const socket = join(folder, 'socket')
    const main = join(import.meta.dirname, '../src/main.ts')
    const options = ['--device', 'none', '--audit-folder', join(folder, 'audit'), '--qga-device', `listen:${socket}`]
    const [program, args] =
      contestant === 'ours'
        ? [process.execPath, [main, '--config', '/dev/null', ...options]]
        : [qemuGa, ['-m', 'unix-listen', '-p', socket, '-t', folder]]
    const agent = new AgentHere(socket, spawn(program, args, { stdio: 'ignore' }))
    for (const end = performance.now() + startMsMax; !existsSync(socket); await delay(20)) {
      if (performance.now() > end) throw new Error(`${contestant} does not listen`)
    }
    return agent
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}
