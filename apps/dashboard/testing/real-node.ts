import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** By its place in the checkout, as apps do not depend on each other. */
const program = join(import.meta.dirname, '../../node/src/main.ts')

interface ReadyLine {
  readonly id: string
  readonly pageUrl: string
  readonly pid: number
}

/** A node in a process of its own, with a folder that goes away with it. It can be ended and started again. */
export class RealNode implements AsyncDisposable {
  readonly name: string
  readonly folder: string
  /** The same after a start anew, so that a page finds it again. */
  #port = '0'
  #child: ChildProcessByStdio<null, Readable, null> | undefined
  #ready: ReadyLine | undefined

  private constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
  }

  static async start(name: string): Promise<RealNode> {
    const node = new RealNode(name, await mkdtemp(join(tmpdir(), 'flotilla-page-test-')))
    await node.start()
    return node
  }

  /** With a code that logs in once. */
  get pageUrl(): string {
    return this.#ready?.pageUrl ?? ''
  }

  get origin(): string {
    return new URL(this.pageUrl).origin
  }

  async start(): Promise<void> {
    const words = ['--data', this.folder, '--name', this.name, '--port', this.#port, '--mesh-port', '0']
    const usual = ['--no-beacons', '--vm-channels', 'off', '--config', 'off', '--json']
    const child = spawn(process.execPath, [program, ...words, ...usual], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child = child
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    this.#ready = JSON.parse(line) as ReadyLine
    this.#port = new URL(this.pageUrl).port
  }

  /** `SIGSTOP` and `SIGCONT` too, which end nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    await ended
  }

  /** As the command line asks it. */
  async post(path: string, document: object): Promise<Readonly<Record<string, unknown>>> {
    return await this.#send('POST', path, JSON.stringify(document))
  }

  /** Content, as of a blob. */
  async put(path: string, content: string): Promise<void> {
    await this.#send('PUT', path, content)
  }

  async #send(method: string, path: string, body: string): Promise<Readonly<Record<string, unknown>>> {
    const { token } = JSON.parse(await readFile(join(this.folder, 'access.json'), 'utf8')) as { readonly token: string }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${this.origin}${path}`, { method, headers, body })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}
