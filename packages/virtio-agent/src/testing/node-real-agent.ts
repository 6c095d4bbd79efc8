import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JsonStream, jsonDefaults, type ExactJson } from '../lines/index.ts'
import type { QgaDialect } from '../qga/dialect.ts'

const program = '/usr/sbin/qemu-ga'
/** Without a line for so long, it has nothing more to say. */
const quietMs = 100

/** Whether the original is installed. */
export const hasRealAgent: boolean = existsSync(program)

/** The original, on a socket; the README says how it is installed. */
export class RealAgent {
  readonly #folder: string
  readonly #socket: Socket
  readonly #process: ChildProcess
  #text = ''

  static async start(): Promise<RealAgent> {
    const folder = mkdtempSync(join(tmpdir(), 'qemu-ga-'))
    const path = join(folder, 'socket')
    const started = spawn(program, ['-m', 'unix-listen', '-p', path, '-t', folder, '-f', join(folder, 'pid')])
    for (let tries = 0; tries < 100 && !existsSync(path); tries++) await sleep(50)
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RealAgent(folder, started, socket)
  }

  private constructor(folder: string, started: ChildProcess, socket: Socket) {
    this.#folder = folder
    this.#process = started
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (this.#text += text))
  }

  async ask(text: string, patienceMs = 1_500): Promise<readonly string[]> {
    this.#text = ''
    this.#socket.write(text)
    for (let waitedMs = 0; waitedMs < patienceMs && !this.#text.endsWith('\n'); waitedMs += 10) await sleep(10)
    for (let before = ''; before !== this.#text;) {
      before = this.#text
      await sleep(quietMs)
    }
    return this.#text.split('\n').filter((line) => line !== '')
  }

  async stop(): Promise<void> {
    this.#socket.destroy()
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill()
    await ended
    rmSync(this.#folder, { recursive: true })
  }
}

/** Ours, asked in the same way. */
export async function askDialect(dialect: QgaDialect, text: string): Promise<readonly string[]> {
  const works: (ExactJson | { readonly trouble: string })[] = []
  new JsonStream(jsonDefaults).push(new TextEncoder().encode(text), {
    onValue: (value) => works.push([value]),
    onTrouble: (trouble) => works.push({ trouble: `JSON parse error, ${trouble}` }),
  })
  const lines: string[] = []
  for (const work of works) {
    const line = Array.isArray(work)
      ? await dialect.answer((work as readonly ExactJson[])[0] ?? null)
      : dialect.trouble((work as { readonly trouble: string }).trouble)
    if (line !== undefined) lines.push(new TextDecoder('latin1').decode(line).slice(0, -1))
  }
  return lines
}
