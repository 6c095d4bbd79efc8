import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'

/** A program that runs as long as it is held. */
export interface Program extends AsyncDisposable {
  readonly pid: number
}

/** Undefined where it is not installed. */
export async function program(name: string, words: readonly string[]): Promise<Program | undefined> {
  const child: ChildProcess = spawn(name, words, { stdio: 'ignore' })
  const begun = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)])
  const { pid } = child
  if (!begun || pid === undefined) return undefined
  return {
    pid,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Resolves when somebody listens there. */
export async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await Promise.race([once(socket, 'connect').then(() => true), failureOf(socket)])
    socket.destroy()
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function failureOf(socket: ReturnType<typeof connect>): Promise<false> {
  await new Promise((resolve) => socket.once('error', resolve))
  return false
}

/** What all threads of a process have taken, to the microsecond: `/proc/PID/stat` counts in hundredths of a second. */
export async function processorMs(pid: number): Promise<number> {
  let sum = 0
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')
    sum += Number(text.split(' ')[0]) / 1e6
  }
  return sum
}

export async function residentMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Rss:\s+(\d+)/m.exec(text)?.[1]) / 1_024
}

/** With its version, where it is installed. */
export function nameOf(command: string): string {
  // There is no output at all where there is no such program.
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' }) as { readonly stdout: string | null }
  const version = /\d+\.\d+(\.\d+)?/.exec(stdout ?? '')?.[0]
  return `${command} ${version ?? '(not installed)'}`
}
