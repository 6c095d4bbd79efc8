import type { NodeId } from '../../ids/index.ts'
import { validateChannelName } from '../limits.ts'
import type { NetworkLimits } from '../limits.ts'
import type { ChannelHandlers, Network } from '../network.ts'
import type { Clock } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import { SessionChannel, type ChannelHost } from './channel.ts'
import { connectionLost, failure, type HandlerFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { newWork, type SendFrame, type Work } from './session-context.ts'
import { Session, type SessionFigures } from './session.ts'
import { Subscribers } from './subscribers.ts'

export interface SessionNetworkOptions {
  readonly self: NodeId
  readonly limits: NetworkLimits
  readonly clock: Clock
  /** Lets the node see that a connection was made or broke: at once, unless its process is to learn of it later. */
  readonly whenRunning?: (see: () => void) => void
  /** Told of each failure of a handler that was not meant for the far side. It must not throw. */
  readonly onHandlerError: (failure: HandlerFailure) => void
}

/** The network of one process, from its start to its stop or crash. */
export class SessionNetwork implements Network, ChannelHost {
  readonly self: NodeId
  readonly limits: NetworkLimits
  readonly #options: SessionNetworkOptions
  readonly #channels = new Map<string, SessionChannel>()
  readonly sessions: Map<NodeId, Session> = new Map()
  readonly subscribers: Subscribers = new Subscribers()
  readonly topics: Allowance
  readonly #whenRunning: (see: () => void) => void
  readonly #work = new Map<NodeId, Work>()
  #sessionChanges = 0
  #state: 'running' | 'closed' | 'crashed' = 'running'

  constructor(options: SessionNetworkOptions) {
    this.self = options.self
    this.limits = options.limits
    this.topics = new Allowance(options.limits.topicsSubscribedMax)
    this.#options = options
    this.#whenRunning = options.whenRunning ?? ((see) => see())
  }

  get alive(): boolean {
    return this.#state !== 'crashed'
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  get sessionChanges(): number {
    return this.#sessionChanges
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

  /** Figures of the connection to that peer, if there is one. */
  figures(peer: NodeId): SessionFigures | undefined {
    return this.sessions.get(peer)?.figures
  }

  /** A connection to that peer was made; `send` goes to its other end, and is called at once for what is subscribed. */
  connected(peer: NodeId, parity: 0 | 1, send: SendFrame): void {
    this.#whenRunning(() => this.#seeConnected(peer, parity, send))
  }

  /** The connection to that peer broke. */
  disconnected(peer: NodeId): void {
    this.#whenRunning(() => this.#seeDisconnected(peer))
  }

  /**
   * A frame came from that peer; its payload is ours from now on, and should not keep alive much more memory than it
   * shows. Throws a `ProtocolError` with the code `unexpected-frame` for what no honest peer sends: then break the
   * connection.
   *
   * What a peer makes us send (answers, refusals, credit) is bounded only by what it sends itself. So do not read from
   * a peer, and call this no more, while more than you are ready to hold waits to be sent to it.
   */
  receive(peer: NodeId, frame: Frame): void {
    this.sessions.get(peer)?.receive(frame)
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

  report(failed: Omit<HandlerFailure, 'node'>): void {
    if (this.alive) this.#options.onHandlerError({ node: this.self, ...failed })
  }

  #seeConnected(peer: NodeId, parity: 0 | 1, send: SendFrame): void {
    if (this.#state !== 'running') return
    const { self, limits, subscribers } = this
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
      subscribers,
      send,
      receiver: (channel) => this.#channels.get(channel)?.receiver(),
      report: (failed) => this.report({ ...failed, peer }),
    })
    this.sessions.set(peer, session)
    for (const channel of this.#channels.values()) channel.announceTo(session)
    this.#sessionsChanged()
  }

  #seeDisconnected(peer: NodeId): void {
    const session = this.sessions.get(peer)
    this.sessions.delete(peer)
    session?.stop(connectionLost(peer))
    this.#forgetIdleWork()
    this.#sessionsChanged()
  }

  /** Of those who are gone: handlers that go on are waited for, however many peers come and go meanwhile. */
  #forgetIdleWork(): void {
    for (const [peer, { requests, bytes, streams }] of this.#work) {
      if (!this.sessions.has(peer) && requests.idle && bytes.idle && streams.idle) this.#work.delete(peer)
    }
  }

  #sessionsChanged(): void {
    this.#sessionChanges++
    for (const channel of this.#channels.values()) queueMicrotask(() => channel.reportPeers())
  }
}
