import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Input, RaftCore } from '../core/inputs.ts'
import { createCore } from '../core/raft-core.ts'
import type { Effect, Write } from '../effects.ts'
import type { Message } from '../messages.ts'
import type { RaftSettings } from '../settings.ts'
import type { WriteNumber } from '../types.ts'
import type { CoreDisk } from './core-world-disk.ts'

type Claim = Extract<Effect, { type: 'claim' }>

/** What a world does with what a core wants, beside its disk and the messages that wait for it. */
export interface CoreHost {
  send(from: CoreNode, to: NodeId, message: Message): void
  /** It waits in `pending` until the world calls `finishWrites`. */
  writing(node: CoreNode, write: Write): void
  /** May the core take in more before it is drained? Then `drain` is called later. */
  postpones?(node: CoreNode): boolean
  /** Each effect as it is drained, before it is performed. */
  noted?(node: CoreNode, effect: Effect): void
  perform(node: CoreNode, effect: Exclude<Effect, { type: 'send' | 'claim' | 'write' }>): void
  /** After each step, when everything was handed out. */
  stepped(node: CoreNode): void
}

/** One core with a disk, as its driver would serve it, without anything that waits by itself. */
export class CoreNode {
  readonly id: NodeId
  readonly settings: RaftSettings
  readonly disk: CoreDisk
  readonly #host: CoreHost
  /** Counts its starts. */
  life = 0
  core: RaftCore | undefined
  /** Not durable yet, oldest first. */
  pending: Write[] = []
  #claims: Claim[] = []
  #done = 0 as WriteNumber
  #now = 0 as Millis

  constructor(id: NodeId, settings: RaftSettings, disk: CoreDisk, host: CoreHost) {
    this.id = id
    this.settings = settings
    this.disk = disk
    this.#host = host
  }

  start(now: Millis, seed: number): void {
    const { hardState, snapshot, entries } = this.disk
    this.life++
    this.#now = now
    this.#done = 0 as WriteNumber
    this.core = createCore({ self: this.id, settings: this.settings, hardState, snapshot, entries, seed, now })
  }

  /** Everything that is not durable is lost, but for the first `kept` writes, which just made it. */
  crash(kept: number): void {
    for (const write of this.pending.slice(0, kept)) this.disk.write(write)
    this.core = undefined
    this.pending = []
    this.#claims = []
  }

  step(now: Millis, input: Input): void {
    this.act(now, (core) => core.step(now, input))
  }

  /** Does something with the core, and then everything that the core wants. */
  act(now: Millis, does: (core: RaftCore) => void): void {
    const { core } = this
    if (core === undefined) return
    this.#now = now
    does(core)
    if (this.#host.postpones?.(this) !== true) this.drain()
  }

  drain(): void {
    const { core } = this
    if (core === undefined) return
    for (const effect of core.drain()) {
      this.#host.noted?.(this, effect)
      if (effect.type === 'write') this.#write(effect)
      else if (effect.type === 'send') this.#host.send(this, effect.to, effect.message)
      else if (effect.type === 'claim') this.#claim(effect)
      else this.#host.perform(this, effect)
    }
    this.#host.stepped(this)
  }

  /** The oldest so many writes are durable; the core is told of the last of them only. */
  finishWrites(now: Millis, count: number, told: (write: Write) => void): void {
    const done = this.pending.splice(0, count)
    const last = done.at(-1)
    if (last === undefined) return
    for (const write of done) {
      this.disk.write(write)
      told(write)
    }
    this.#done = last.number
    this.step(now, { type: 'written', number: last.number })
    const ready = this.#claims.filter(({ after }) => after <= this.#done)
    this.#claims = this.#claims.filter(({ after }) => after > this.#done)
    for (const { to, message } of ready) this.#host.send(this, to, message)
  }

  deadline(): Millis {
    return this.core === undefined ? (Infinity as Millis) : (Math.max(this.core.deadline(), this.#now) as Millis)
  }

  #write(write: Write): void {
    this.pending.push(write)
    this.#host.writing(this, write)
  }

  #claim(claim: Claim): void {
    if (claim.after <= this.#done) this.#host.send(this, claim.to, claim.message)
    else this.#claims.push(claim)
  }
}
