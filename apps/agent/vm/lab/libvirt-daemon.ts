import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { apartFromTheMachine, isRoot, strangerId } from './libvirt-confinement.ts'

const startMsMax = 30_000
const againMs = 100
/** libvirt waits for an agent without a limit of its own. */
const verbMsMax = 90_000
/** Its virtual machines end with it, but a moment later, and write into the folder until then. */
const removals = { maxRetries: 10, retryDelay: 200 } as const

const configFolder = 'c'
const daemonSettings = 'auth_unix_rw = "none"\nauth_unix_ro = "none"\n'
/** Without a logging daemon beside it, and with nothing that would need the machine's permission. */
const qemuSettings = `stdio_handler = "file"
security_driver = "none"
seccomp_sandbox = 0
namespaces = []
cgroup_controllers = []
`

/** A libvirtd of a session, whose every folder is below one of ours. Nothing of it is left when it is disposed of. */
export class LibvirtDaemon implements AsyncDisposable {
  /** Whatever is put here, `give` lets the daemon read and write it. */
  readonly folder: string
  readonly #daemon: ChildProcess
  readonly #log: string[]

  private constructor(folder: string, daemon: ChildProcess, log: string[]) {
    this.folder = folder
    this.#daemon = daemon
    this.#log = log
  }

  static async start(): Promise<LibvirtDaemon> {
    const folder = await makeFolders()
    // Virtual machines are adopted by the first process of the namespace, and the shell takes note when they end.
    const [program, ...args] = apartFromTheMachine(['sh', '-c', 'libvirtd & wait'])
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environment(folder), cwd: folder })
    const log: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text))
    const daemon = new LibvirtDaemon(folder, child, log)
    try {
      await daemon.#answers()
      return daemon
    } catch (error) {
      await daemon[Symbol.asyncDispose]()
      throw error
    }
  }

  /** What virsh prints. Rejects with what it complains of where it fails. */
  async virsh(...args: readonly string[]): Promise<string> {
    const address = `qemu+unix:///session?socket=${join(this.folder, 'run/libvirt/libvirt-sock')}`
    try {
      const options = { timeout: verbMsMax, killSignal: 'SIGKILL', env: environment(this.folder) } as const
      const { stdout } = await promisify(execFile)('virsh', ['--connect', address, ...args], options)
      return stdout
    } catch (error) {
      const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
      throw new Error(`virsh ${args.join(' ')} has failed: ${told.trim()}`, { cause: error })
    }
  }

  /** What the daemon has complained of so far; much of it is of no matter. */
  log(): string {
    return this.#log.join('')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      const ended = once(this.#daemon, 'exit')
      this.#daemon.kill('SIGKILL')
      await ended
    }
    await rm(this.folder, { recursive: true, force: true, ...removals })
  }

  async #answers(): Promise<void> {
    let cause: unknown
    for (const end = performance.now() + startMsMax; performance.now() < end; await delay(againMs)) {
      if (this.#daemon.exitCode !== null || this.#daemon.signalCode !== null) break
      try {
        await this.virsh('uri')
        return
      } catch (error) {
        cause = error
      }
    }
    throw new Error(`libvirtd does not start: ${this.log() || String(cause)}`, { cause })
  }
}

/** Names are short because a path to a socket has 107 bytes at most, and libvirt puts many folders in between. */
async function makeFolders(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fl-virt-'))
  const settings = join(folder, configFolder, 'libvirt')
  await mkdir(settings, { recursive: true })
  for (const name of ['run', 'cache', 'data']) await mkdir(join(folder, name))
  await writeFile(join(settings, 'libvirtd.conf'), daemonSettings)
  await writeFile(join(settings, 'qemu.conf'), qemuSettings)
  for (const path of ['', 'run', 'cache', 'data', configFolder]) await give(join(folder, path))
  await give(settings)
  return folder
}

/** Lets the daemon have a file or a folder. */
export async function give(path: string): Promise<void> {
  if (isRoot) await chown(path, strangerId, strangerId)
}

function environment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_CONFIG_HOME: join(folder, configFolder),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_DATA_HOME: join(folder, 'data'),
    // virsh must not start a daemon of its own where ours has ended.
    LIBVIRT_AUTOSTART: '0',
  }
}
