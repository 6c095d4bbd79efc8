import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type {
  ByteStream,
  Channel,
  ChannelHandlers,
  NetworkErrorCode,
  NetworkLimits,
  PeerChange,
  RequestOptions,
  StreamOptions,
} from '../index.ts'
import { failure, never, tooLarge, unreachable, type HandlerFailure } from './failure.ts'
import type { Session } from './session.ts'

/** What a channel needs of its node. */
export interface ChannelHost {
  readonly limits: NetworkLimits
  /** False once the process is gone. */
  readonly alive: boolean
  readonly sessions: ReadonlyMap<NodeId, Session>
  report(failure: Omit<HandlerFailure, 'node'>): void
  closed(channel: SessionChannel): void
}

export class SessionChannel implements Channel {
  readonly name: string
  readonly #host: ChannelHost
  readonly #handlers: ChannelHandlers
  /** The connections that were reported as up and not yet as down. */
  readonly #reported = new Map<NodeId, Session>()
  #closed = false

  constructor(host: ChannelHost, name: string, handlers: ChannelHandlers) {
    this.#host = host
    this.name = name
    this.#handlers = handlers
    queueMicrotask(() => this.reportPeers())
  }

  notify(to: NodeId, payload: Uint8Array): boolean {
    const { messageBytesMax } = this.#host.limits
    const bytes = payload.byteLength
    if (bytes > messageBytesMax) throw tooLarge('the notice', bytes, 'messageBytesMax', messageBytesMax)
    if (this.#closed) return false
    return this.#host.sessions.get(to)?.notify(this.name, payload) ?? false
  }

  async request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { messageBytesMax } = this.#host.limits
    if (!this.#host.alive) return never()
    const session = this.#session(to, options.signal)
    const bytes = payload.byteLength
    if (bytes > messageBytesMax) throw tooLarge('the request', bytes, 'messageBytesMax', messageBytesMax)
    if (!(options.timeoutMs > 0)) {
      throw failure(
        'deadline-exceeded',
        `the time for a request to ${to} on "${this.name}" was over before it was sent`,
      )
    }
    return session.calls.request(this.name, payload, options)
  }

  async openStream(to: NodeId, options: StreamOptions = {}): Promise<ByteStream> {
    if (!this.#host.alive) return never()
    return this.#session(to, options.signal).streams.open(this.name, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close(failure('closed', `channel "${this.name}" was closed here`))
    return Promise.resolve()
  }

  close(error: FlotillaError<NetworkErrorCode>): void {
    if (this.#closed || !this.#host.alive) return
    this.#closed = true
    this.#host.closed(this)
    for (const session of this.#host.sessions.values()) session.stop(error, this.name)
  }

  /** What is to handle a frame that has just come in: whose sender the channel has been told of before. */
  receiving(): ChannelHandlers | undefined {
    this.reportPeers()
    return this.#closed ? undefined : this.#handlers
  }

  /** Tells the handler what changed since it was last told. */
  reportPeers(): void {
    const { sessions } = this.#host
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
      this.#handlers.peer?.(change)
    } catch (error) {
      this.#host.report({ channel: this.name, handler: 'peer', peer: change.peer, error })
    }
  }

  #session(to: NodeId, signal: AbortSignal | undefined): Session {
    signal?.throwIfAborted()
    if (this.#closed) throw failure('closed', `channel "${this.name}" was closed here`)
    const session = this.#host.sessions.get(to)
    if (session === undefined) throw unreachable(to)
    return session
  }
}
