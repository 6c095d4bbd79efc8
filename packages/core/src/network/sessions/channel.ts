import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { validateTopicName } from '../limits.ts'
import type {
  ByteStream,
  Channel,
  ChannelHandlers,
  NetworkErrorCode,
  PeerChange,
  Publication,
  RequestOptions,
  StreamOptions,
} from '../index.ts'
import { failure, never, tooLarge, unreachable } from './failure.ts'
import type { Session } from './session.ts'
import type { Receiver } from './session-context.ts'
import type { Subscribers } from './subscribers.ts'
import { Subscriptions, type SubscriptionsHost } from './subscriptions.ts'

/** What a channel needs of its node. */
export interface ChannelHost extends SubscriptionsHost {
  /** False once the process is gone. */
  readonly alive: boolean
  /** Rises whenever a session comes or goes. */
  readonly sessionChanges: number
  readonly subscribers: Subscribers
  closed(channel: SessionChannel): void
}

export class SessionChannel implements Channel, Receiver {
  readonly name: string
  readonly handlers: ChannelHandlers
  readonly #host: ChannelHost
  readonly #subscriptions: Subscriptions
  /** The connections that were reported as up and not yet as down. */
  readonly #reported = new Map<NodeId, Session>()
  /** How many changes of sessions were reported. */
  #changesReported = -1
  #closed = false

  constructor(host: ChannelHost, name: string, handlers: ChannelHandlers) {
    this.#host = host
    this.name = name
    this.handlers = handlers
    this.#subscriptions = new Subscriptions(host, name)
    queueMicrotask(() => this.reportPeers())
  }

  notify(to: NodeId, payload: Uint8Array): boolean {
    const { messageBytesMax } = this.#host.limits
    const bytes = payload.byteLength
    if (bytes > messageBytesMax) throw tooLarge('the notice', bytes, 'messageBytesMax', messageBytesMax)
    if (this.#closed) return false
    return this.#host.sessions.get(to)?.notify(this.name, payload) ?? false
  }

  publish(topic: string, payload: Uint8Array): number {
    const { limits, subscribers } = this.#host
    const { messageBytesMax } = limits
    const bytes = payload.byteLength
    if (bytes > messageBytesMax) throw tooLarge('the publication', bytes, 'messageBytesMax', messageBytesMax)
    const peers = subscribers.of(this.name, topic)
    if (peers === undefined) {
      validateTopicName(topic, limits) // What somebody subscribes to is a name.
      return 0
    }
    if (this.#closed) return 0
    for (const peer of peers) peer.publish(this.name, topic, payload)
    return peers.length
  }

  subscribe(topic: string, take: (publication: Publication) => void): Disposable {
    validateTopicName(topic, this.#host.limits)
    if (this.#closed) throw this.#closedHere()
    return this.#subscriptions.add(topic, take)
  }

  /** (Not `async`: that would cost every request two promises more.) */
  request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    if (!this.#host.alive) return never()
    try {
      return this.#request(to, payload, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async openStream(to: NodeId, options: StreamOptions = {}): Promise<ByteStream> {
    if (!this.#host.alive) return never()
    return this.#session(to, options.signal).streams.open(this.name, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close(this.#closedHere())
    return Promise.resolve()
  }

  close(error: FlotillaError<NetworkErrorCode>): void {
    if (this.#closed || !this.#host.alive) return
    this.#closed = true
    this.#host.closed(this)
    this.#subscriptions.close()
    for (const session of this.#host.sessions.values()) session.stop(error, this.name)
  }

  /** What is to handle a frame that has just come in: its sender is reported as up before. */
  receiver(): Receiver | undefined {
    this.reportPeers()
    return this.#closed ? undefined : this
  }

  take(from: NodeId, topic: string, payload: Uint8Array): void {
    this.#subscriptions.deliver(from, topic, payload)
  }

  /** Tells the peer of a new connection what is subscribed to here. */
  announceTo(session: Session): void {
    this.#subscriptions.announceTo(session)
  }

  /** Tells the handler what changed since it was last told. */
  reportPeers(): void {
    const { sessions, sessionChanges } = this.#host
    if (this.#changesReported === sessionChanges) return
    this.#changesReported = sessionChanges
    for (const [peer, session] of this.#reported) {
      if (sessions.get(peer) === session || !this.#reported.delete(peer)) continue
      this.#report({ type: 'down', peer })
    }
    for (const [peer, session] of sessions) {
      if (sessions.get(peer) !== session || this.#reported.has(peer)) continue
      this.#reported.set(peer, session)
      this.#report({ type: 'up', peer })
    }
  }

  #report(change: PeerChange): void {
    if (this.#closed || !this.#host.alive) return
    try {
      this.handlers.peer?.(change)
    } catch (error) {
      this.#host.report({ channel: this.name, handler: 'peer', peer: change.peer, error })
    }
  }

  #request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const session = this.#session(to, options.signal)
    const bytes = payload.byteLength
    const { messageBytesMax } = this.#host.limits
    if (bytes > messageBytesMax) throw tooLarge('the request', bytes, 'messageBytesMax', messageBytesMax)
    if (!(options.timeoutMs > 0)) {
      throw failure(
        'deadline-exceeded',
        `the time for a request to ${to} on "${this.name}" was over before it was sent`,
      )
    }
    return session.calls.request(this.name, payload, options)
  }

  #session(to: NodeId, signal: AbortSignal | undefined): Session {
    signal?.throwIfAborted()
    if (this.#closed) throw this.#closedHere()
    const session = this.#host.sessions.get(to)
    if (session === undefined) throw unreachable(to)
    return session
  }

  #closedHere(): FlotillaError<NetworkErrorCode> {
    return failure('closed', `channel "${this.name}" was closed here`)
  }
}
