import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import {
  talkToGuest,
  type HostOrder,
  type OrderEnding,
  type OwnHost,
  type OwnHostEffect,
  type WallChannel,
} from '@flotilla/virtio-agent'
import { nodePacking, socketChannel } from '@flotilla/virtio-agent/node'

type Order = Partial<Omit<HostOrder, 'ticket'>> & Pick<HostOrder, 'command'>
type Welcome = Extract<OwnHostEffect, { readonly type: 'welcomed' }>

/** How long a test waits for what should come at once, on a machine that is busy with something else. */
const orderMs = 60_000

/** The real program on a Unix socket, in a folder of its own, and a host that speaks our own dialect with it. */
export class AgentProcess implements AsyncDisposable {
  readonly folder: string
  readonly effects: OwnHostEffect[] = []
  /** What the agent has logged. */
  log = ''
  readonly #child: ChildProcess
  readonly #channel: WallChannel
  readonly #host: OwnHost
  readonly #waiting = new Map<number, (ending: OrderEnding) => void>()
  readonly #welcome = Promise.withResolvers<Welcome>()
  #tickets = 0

  private constructor(folder: string, flags: readonly string[], secretKey: Uint8Array) {
    this.folder = folder
    const place = { path: join(folder, 'own.socket') }
    const clock = nodeClock()
    this.#channel = socketChannel({ place, role: 'listen', clock, prng: new Prng(1) })
    this.#host = talkToGuest({
      channel: this.#channel,
      clock,
      entropy: nodeEntropy(),
      packing: nodePacking(),
      signer: { crypto: nodeCrypto(), secretKey },
      onEffect: (effect) => this.#hear(effect),
    })
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

  welcome(): Promise<Welcome> {
    return this.#welcome.promise
  }

  /** Its ending; `given` is told its ticket at once. */
  order(order: Order, given: (ticket: number) => void = () => {}): Promise<OrderEnding> {
    const ticket = ++this.#tickets
    const { promise, resolve } = Promise.withResolvers<OrderEnding>()
    this.#waiting.set(ticket, resolve)
    const usual = { arguments: {}, actor: 'ann', timeoutMs: orderMs, isSigned: false }
    this.#host.give({ ...usual, ...order, ticket })
    given(ticket)
    return promise
  }

  cancel(ticket: number): void {
    this.#host.cancel(ticket)
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
    await this.#host[Symbol.asyncDispose]()
    await this.#channel[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true })
  }

  #hear(effect: OwnHostEffect): void {
    this.effects.push(effect)
    if (effect.type === 'welcomed') this.#welcome.resolve(effect)
    if (effect.type === 'ended') {
      this.#waiting.get(effect.ticket)?.(effect.ending)
      this.#waiting.delete(effect.ticket)
    }
  }
}
