import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { ByteStream, NetworkErrorCode } from '../index.ts'
import { cutReason, failure } from './failure.ts'
import type { StreamBody } from './frame.ts'
import { StreamReceiver } from './stream-receiver.ts'
import { StreamSender } from './stream-sender.ts'

export interface SessionStreamOptions {
  readonly peer: NodeId
  readonly header: Uint8Array
  readonly windowBytes: number
  readonly reasonLengthMax: number
  readonly send: (body: StreamBody) => void
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
  #closed = false

  constructor(options: SessionStreamOptions) {
    this.peer = options.peer
    this.header = options.header
    this.#options = options
    this.#sender = new StreamSender(options.send)
    this.#receiver = new StreamReceiver(options.windowBytes, (body) => {
      options.send(body)
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
    const told = cutReason(reason, this.#options.reasonLengthMax)
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

  /** The far side has room for that many bytes more. */
  credit(room: number): void {
    this.#sender.credit(room)
  }

  receive(body: StreamBody): void {
    switch (body.kind) {
      case 'stream-data':
        return this.#receiver.data(body.payload)
      case 'stream-credit':
        return this.#sender.credit(body.room)
      case 'stream-end':
        return this.#receiver.end()
      case 'stream-read':
        this.#sender.finish()
        return this.#closeWhenDone()
      case 'stream-reset':
        return this.stop(failure(body.code, body.reason))
      case 'stream-open':
      case 'stream-accept':
        return
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

  #closeWhenDone(): void {
    if (this.#closed || !this.#sender.done || !this.#receiver.done) return
    this.#closed = true
    this.#options.onClosed(undefined)
  }
}
