import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { ByteStream, NetworkErrorCode, NetworkLimits } from '../index.ts'
import { cutReason, failure } from './failure.ts'
import type { StreamBody } from './frame.ts'
import type { Left } from './session-context.ts'
import { StreamReceiver } from './stream-receiver.ts'
import { StreamSender } from './stream-sender.ts'
import { unexpected } from './unexpected.ts'

/** Why a far side may reset a stream. */
const resetCodes: ReadonlySet<NetworkErrorCode> = new Set(['stream-reset', 'not-served', 'too-large', 'overloaded'])

export interface SessionStreamOptions {
  readonly peer: NodeId
  readonly header: Uint8Array
  readonly limits: NetworkLimits
  readonly send: (body: StreamBody, left?: Left) => void
  /** Called once, when the far side has taken it; never at the side that takes it. */
  readonly onAccepted?: () => void
  /** Called once, when both directions have ended or when it was stopped; without an error its process is gone. */
  readonly onClosed: (error: FlotillaError<NetworkErrorCode> | undefined) => void
}

/** One end of a stream. */
export class SessionStream implements ByteStream {
  readonly peer: NodeId
  readonly header: Uint8Array
  readonly #options: SessionStreamOptions
  readonly #sender: StreamSender
  readonly #receiver: StreamReceiver
  /** Whether the far side has said how much it is ready to receive. Its data may come before that. */
  #open = false
  #closed = false

  constructor(options: SessionStreamOptions) {
    this.peer = options.peer
    this.header = options.header
    this.#options = options
    const { peer, limits, send } = options
    this.#sender = new StreamSender(peer, limits, send)
    this.#receiver = new StreamReceiver(peer, limits.streamWindowBytes, (body) => {
      send(body)
      if (body.kind === 'stream-read') this.#closeWhenDone()
    })
  }

  async write(bytes: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    const giveUp = (): void => this.reset('its writer gave up')
    if (signal?.aborted) giveUp()
    signal?.throwIfAborted()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      await this.#sender.write(bytes)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  end(): Promise<void> {
    return this.#sender.end()
  }

  reset(reason: string): void {
    if (this.#closed) return
    const told = cutReason(reason, this.#options.limits.reasonLengthMax)
    this.#options.send({ kind: 'stream-reset', code: 'stream-reset', reason: told })
    this.stop(failure('closed', `this stream was reset here: ${reason}`))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.reset('disposed before both directions had ended')
    return Promise.resolve()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#receiver.next() }
  }

  readInto(target: Uint8Array, { onProgress }: { readonly onProgress?: () => void } = {}): Promise<number> {
    return this.#receiver.readInto(target, onProgress)
  }

  /** The far side is there, and ready to receive so many bytes. */
  open(windowBytes: number): void {
    this.#sender.open(windowBytes)
    this.#open = true
  }

  /** Throws a `ProtocolError` for what no honest peer sends. */
  receive(body: StreamBody): void {
    if (body.kind === 'stream-reset') return this.#receiveReset(body.code, body.reason)
    switch (body.kind) {
      case 'stream-accept':
        if (this.#open) throw unexpected(this.peer, 'accepts a stream that was accepted')
        this.open(body.window)
        return this.#options.onAccepted?.()
      case 'stream-data':
        return this.#receiver.data(body.payload)
      case 'stream-credit':
        return this.#sender.credit(body.room)
      case 'stream-end':
        return this.#receiver.end()
      case 'stream-read':
        this.#sender.finish()
        return this.#closeWhenDone()
      case 'stream-open':
        throw unexpected(this.peer, 'opens a stream twice')
    }
  }

  /** Ends both directions early, except one that is done. Without an error nothing settles: its process is gone. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#sender.stop(error)
    this.#receiver.stop(error)
    this.#options.onClosed(error)
  }

  #receiveReset(code: NetworkErrorCode, reason: string): void {
    if (!resetCodes.has(code)) throw unexpected(this.peer, 'resets a stream for a reason that is none')
    this.stop(failure(code, cutReason(reason, this.#options.limits.reasonLengthMax)))
  }

  #closeWhenDone(): void {
    if (this.#closed || !this.#sender.done || !this.#receiver.done) return
    this.#closed = true
    this.#options.onClosed(undefined)
  }
}
