import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** What the daemon says with `--json` when it is ready. */
interface ReadyLine {
  readonly id: string
  readonly name: string
  readonly dataFolder: string
  readonly pageUrl: string
  readonly pid: number
  readonly notes: readonly string[]
}

/** And what opens it, which only its owner can read. */
export interface ReadyDaemon extends ReadyLine {
  readonly origin: string
  readonly token: string
}

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export const daemonProgram: string = join(import.meta.dirname, '../main.ts')

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>

export interface DaemonCircumstances {
  readonly environment?: Readonly<Record<string, string>>
  /** Another one than that of this checkout. */
  readonly program?: string
}

/** Starts a daemon on any free port, as somebody would. */
export function startDaemon(folder: string, ...given: readonly (string | DaemonCircumstances)[]): DaemonProcess {
  const words = given.filter((word) => typeof word === 'string')
  const { environment, program = daemonProgram } = given.find((word) => typeof word === 'object') ?? {}
  const env = {
    ...process.env,
    ...environment,
    FLOTILLA_DATA: folder,
    FLOTILLA_PORT: '0',
    FLOTILLA_MESH_PORT: '0',
    FLOTILLA_CONFIG: 'off',
  }
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
  return new DaemonProcess(spawn(process.execPath, [program, ...words], { env, stdio }))
}

/** A daemon in a process of its own. Disposing of it kills it, if it still runs. */
export class DaemonProcess implements AsyncDisposable {
  readonly #child: Child
  readonly #ended: Promise<Ending>
  readonly #lines: AsyncIterator<string, undefined>
  readonly #firstLine: Promise<string | undefined>

  constructor(child: Child) {
    this.#child = child
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8')
      child[name].on('data', (text: string) => void (said[name] += text))
    }
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#firstLine = this.nextLine()
    this.#ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
      ...said,
    }))
  }

  /** Resolves when it answers; rejects with what it said if it ended instead. */
  async ready(): Promise<ReadyDaemon> {
    const ended = this.#ended.then((ending): never => {
      throw new Error(`the daemon ended: ${JSON.stringify(ending)}`)
    })
    const line = JSON.parse((await Promise.race([this.#firstLine, ended])) ?? (await ended)) as ReadyLine
    const access = await readFile(join(line.dataFolder, 'access.json'), 'utf8')
    const { url, token } = JSON.parse(access) as { readonly url: string; readonly token: string }
    return { ...line, origin: url, token }
  }

  /** What it prints after that; undefined when it prints no more. */
  async nextLine(): Promise<string | undefined> {
    const next: IteratorResult<string, undefined> = await this.#lines.next()
    return next.done === true ? undefined : next.value
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  ended(): Promise<Ending> {
    return this.#ended
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.#child.kill(signal)
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

/** An empty folder that goes away with the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-node-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
