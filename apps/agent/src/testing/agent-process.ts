import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { nodeClock } from '@flotilla/core/time/node'
import type { OrderEnding, OwnHostEffect } from '@flotilla/virtio-agent'
import { socketChannel } from '@flotilla/virtio-agent/node'
import { OwnConversation, type GivenOrder } from './own-conversation.ts'

/** The real program on a Unix socket, in a folder of its own, and a host that speaks our own dialect with it. */
export class AgentProcess implements AsyncDisposable {
  readonly folder: string
  /** What the agent has logged. */
  log = ''
  readonly #child: ChildProcess
  readonly #conversation: OwnConversation

  private constructor(folder: string, flags: readonly string[], secretKey: Uint8Array) {
    this.folder = folder
    const place = { path: join(folder, 'own.socket') }
    const channel = socketChannel({ place, role: 'listen', clock: nodeClock(), prng: new Prng(1) })
    this.#conversation = new OwnConversation(channel, secretKey)
    const program = join(import.meta.dirname, '../main.ts')
    const ours = ['--device', `unix:${place.path}`, '--qga-device', 'none', '--audit-folder', join(folder, 'audit')]
    this.#child = spawn(process.execPath, [program, '--config', '/dev/null', ...ours, ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child.stderr?.on('data', (piece: Buffer) => (this.log += piece.toString()))
  }

  static async start(flags: (folder: string) => readonly string[], secretKey: Uint8Array): Promise<AgentProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-agent-'))
    return new AgentProcess(folder, flags(folder), secretKey)
  }

  get effects(): readonly OwnHostEffect[] {
    return this.#conversation.effects
  }

  welcome(): ReturnType<OwnConversation['welcome']> {
    return this.#conversation.welcome()
  }

  order(order: GivenOrder, given?: (ticket: number) => void): Promise<OrderEnding> {
    return this.#conversation.order(order, given)
  }

  cancel(ticket: number): void {
    this.#conversation.cancel(ticket)
  }

  /** Ends the program in the usual way, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#conversation[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true })
  }
}
