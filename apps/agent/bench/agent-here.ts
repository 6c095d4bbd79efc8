import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bundleProgram } from '../packing/bundle.ts'
import { nodeFlags } from '../src/install/node-flags.ts'
import { qemuGa, type Contestant } from './contestant.ts'
import { OwnHostOfGuest } from './own-host.ts'

const startMsMax = 30_000

/** One agent on this machine, at a Unix socket in the place of a port; ours as one script. */
export class AgentHere implements AsyncDisposable {
  readonly socket: string
  readonly #process: ChildProcess

  private constructor(socket: string, process: ChildProcess) {
    this.socket = socket
    this.#process = process
  }

  /** It listens for a host of QEMU's dialect. */
  static async start(contestant: Contestant, folder: string): Promise<AgentHere> {
    const socket = join(folder, 'socket')
    const [program, args] =
      contestant === 'ours'
        ? oursWith(await packed(folder), folder, { own: 'none', qga: `listen:${socket}` })
        : ([qemuGa, ['-m', 'unix-listen', '-p', socket, '-t', folder]] as const)
    const agent = new AgentHere(socket, spawn(program, args, { stdio: 'ignore' }))
    for (const end = performance.now() + startMsMax; !existsSync(socket); await delay(20)) {
      if (performance.now() > end) throw new Error(`${contestant} does not listen`)
    }
    return agent
  }

  /** How long a new process of ours takes until a host of its own dialect, which waits for it, has figures. */
  static async msUntilFirstMetrics(script: string, folder: string): Promise<number> {
    const socket = join(folder, 'own-socket')
    await using host = OwnHostOfGuest.waitFor(socket)
    while (!existsSync(socket)) await delay(1)
    const begun = performance.now()
    const [program, args] = oursWith(script, folder, { own: `unix:${socket}`, qga: 'none' })
    await using _ = new AgentHere(socket, spawn(program, args, { stdio: 'ignore' }))
    return (await host.firstMetricsAt) - begun
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}

/** Our agent as one script, in a file of that folder. */
export async function packed(folder: string): Promise<string> {
  const file = join(folder, 'flotilla-agent.js')
  await writeFile(file, await bundleProgram(join(import.meta.dirname, '../src/main.ts')))
  return file
}

function oursWith(
  script: string,
  folder: string,
  { own, qga }: { readonly own: string; readonly qga: string },
): readonly [program: string, args: readonly string[]] {
  const options = ['--config', '/dev/null', '--device', own, '--qga-device', qga]
  return [process.execPath, [...nodeFlags, script, ...options, '--audit-folder', join(folder, 'audit')]]
}
