import { unreachable as impossible, type FlotillaError } from '../../errors/index.ts'
import type { ChannelHandlers, NetworkErrorCode } from '../index.ts'
import { Allowance } from './allowance.ts'
import type { Frame } from './frame.ts'
import { IncomingCalls } from './incoming-calls.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import type { SessionContext } from './session-context.ts'
import { Streams } from './streams.ts'

/** One node's end of one connection. It ends with the connection; the next connection to that peer has its own. */
export class Session {
  readonly calls: OutgoingCalls
  readonly streams: Streams
  readonly #context: SessionContext
  readonly #incoming: IncomingCalls
  readonly #notices: Allowance

  constructor(context: SessionContext) {
    this.#context = context
    this.calls = new OutgoingCalls(context)
    this.streams = new Streams(context)
    this.#incoming = new IncomingCalls(context)
    this.#notices = new Allowance(context.limits.noticesQueuedMax)
  }

  notify(channel: string, payload: Uint8Array): boolean {
    const { held } = this.#context
    const bytes = payload.byteLength
    if (!this.#notices.take()) return false
    if (!held.take(bytes)) {
      this.#notices.give()
      return false
    }
    this.#context.send({ kind: 'notice', channel, payload }, () => {
      this.#notices.give()
      held.give(bytes)
    })
    return true
  }

  /** `handlers` gives the handlers of the frame's channel, if it is open. */
  receive(frame: Frame, handlers: () => ChannelHandlers | undefined): void {
    switch (frame.kind) {
      case 'notice':
        return this.#notice(frame.channel, frame.payload, handlers()?.notice)
      case 'request':
        return this.#incoming.start(frame, handlers()?.request)
      case 'cancel':
        return this.#incoming.cancel(frame.call)
      case 'answer':
      case 'failure':
        return this.calls.settle(frame)
      case 'stream-open':
      case 'stream-accept':
      case 'stream-data':
      case 'stream-credit':
      case 'stream-end':
      case 'stream-read':
      case 'stream-reset':
        return this.streams.receive(frame, () => handlers()?.stream)
      default:
        return impossible(frame, 'frame')
    }
  }

  /** Ends everything, or everything of one channel. Without an error nothing settles: its process is gone. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    this.calls.stop(error, channel)
    this.#incoming.stop(error, channel)
    this.streams.stop(error, channel)
  }

  #notice(channel: string, payload: Uint8Array, handler: ChannelHandlers['notice']): void {
    if (payload.byteLength > this.#context.limits.messageBytesMax) return
    try {
      handler?.(this.#context.peer, payload)
    } catch (error) {
      this.#context.report({ channel, handler: 'notice', error })
    }
  }
}
