import type { NodeId } from '../../ids/index.ts'
import { validateChannelName } from '../limits.ts'
import type { NetworkLimits } from '../limits.ts'
import type { ChannelHandlers, Network } from '../network.ts'
import type { Clock } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import { SessionChannel, type ChannelHost } from './channel.ts'
import { connectionLost, failure, type HandlerFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { newWork, type Work } from './session-context.ts'
import { Session } from './session.ts'

export interface SessionNetworkOptions {
  readonly self: NodeId
  readonly limits: NetworkLimits
  readonly clock: Clock
  readonly whenRunning: (see: () => void) => void
  readonly onHandlerError: (failure: HandlerFailure) => void
}

/** The network of one process, from its start to its stop or crash. */
export class SessionNetwork implements Network, ChannelHost {
  readonly self: NodeId
  readonly limits: NetworkLimits
  readonly #options: SessionNetworkOptions
  readonly #channels = new Map<string, SessionChannel>()
  readonly sessions: Map<NodeId, Session> = new Map()
  readonly #work = new Map<NodeId, Work>()
  #state: 'running' | 'closed' | 'crashed' = 'running'

  constructor(options: SessionNetworkOptions) {
    this.self = options.self
    this.limits = options.limits
    this.#options = options
  }

  get alive(): boolean {
    return this.#state !== 'crashed'
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  peers(): readonly NodeId[] {
    return [...this.sessions.keys()]
  }

  open(name: string, handlers: ChannelHandlers): SessionChannel {
    validateChannelName(name, this.limits)
    if (this.#state === 'closed') throw failure('closed', `the network of ${this.self} was closed`)
    if (this.#channels.has(name)) {
      throw failure('in-use', `channel "${name}" is open already`, 'close the other opener of that name first')
    }
    const channel = new SessionChannel(this, name, handlers)
    this.#channels.set(name, channel)
    return channel
  }

  /** A connection to that peer was made; `send` goes to its other end. */
  connected(peer: NodeId, parity: 0 | 1, send: (frame: Frame, left?: () => void) => void): void {
    this.#options.whenRunning(() => this.#seeConnected(peer, parity, send))
  }

  /** The connection to that peer broke. */
  disconnected(peer: NodeId): void {
    this.#options.whenRunning(() => this.#seeDisconnected(peer))
  }

  #seeConnected(peer: NodeId, parity: 0 | 1, send: (frame: Frame, left?: () => void) => void): void {
    if (this.#state !== 'running') return
    const { self, limits } = this
    const work = this.#work.get(peer) ?? newWork(limits)
    this.#work.set(peer, work)
    const session = new Session({
      self,
      peer,
      parity,
      limits,
      clock: this.#options.clock,
      work,
      held: new Allowance(limits.messageBytesHeldMax),
      send,
      report: (failed) => this.report({ ...failed, peer }),
    })
    this.sessions.set(peer, session)
    this.#peersChanged()
  }

  #seeDisconnected(peer: NodeId): void {
    const session = this.sessions.get(peer)
    this.sessions.delete(peer)
    session?.stop(connectionLost(peer))
    const work = this.#work.get(peer)
    if (work?.requests.idle && work.bytes.idle && work.streams.idle) this.#work.delete(peer)
    this.#peersChanged()
  }

  receive(peer: NodeId, frame: Frame): void {
    this.sessions.get(peer)?.receive(frame, () => this.#channels.get(frame.channel)?.receiving())
  }

  close(): void {
    if (this.#state !== 'running') return
    this.#state = 'closed'
    const error = failure('closed', `the network of ${this.self} was closed`)
    for (const channel of this.#channels.values()) channel.close(error)
  }

  /** A channel of its was closed: its name is free. */
  closed(channel: SessionChannel): void {
    this.#channels.delete(channel.name)
  }

  /** Everything of it is dead at once: no handler is called, no promise settles, no signal aborts any more. */
  crash(): void {
    if (this.#state !== 'running') return
    this.#state = 'crashed'
    for (const session of this.sessions.values()) session.stop(undefined)
    this.sessions.clear()
  }

  #peersChanged(): void {
    for (const channel of this.#channels.values()) queueMicrotask(() => channel.reportPeers())
  }

  report(failed: Omit<HandlerFailure, 'node'>): void {
    if (this.alive) this.#options.onHandlerError({ node: this.self, ...failed })
  }
}
