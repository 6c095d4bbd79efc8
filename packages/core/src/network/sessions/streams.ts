import { FlotillaError } from '../../errors/index.ts'
import type { ByteStream, ChannelHandlers, NetworkErrorCode, StreamOptions } from '../index.ts'
import { failure, overloaded, toldReason, tooLarge } from './failure.ts'
import type { Frame, StreamBody, StreamFrame, StreamNumber } from './frame.ts'
import type { SessionContext } from './session-context.ts'
import { SessionStream } from './stream.ts'

type StreamHandler = NonNullable<ChannelHandlers['stream']>
type OpenFrame = Frame & StreamFrame & { readonly kind: 'stream-open' }

interface OpenStream {
  readonly channel: string
  readonly stream: SessionStream
  /** Tells the opener that the far side has taken it; undefined at the far side itself. */
  readonly accepted: (() => void) | undefined
}

/** The streams of one end of a connection. Frames of streams that are closed here are ignored. */
export class Streams {
  readonly #context: SessionContext
  readonly #open = new Map<StreamNumber, OpenStream>()
  #next: StreamNumber

  constructor(context: SessionContext) {
    this.#context = context
    this.#next = context.parity as StreamNumber
  }

  open(channel: string, options: StreamOptions): Promise<ByteStream> {
    const { header = new Uint8Array(), signal } = options
    const refusal = this.#takeRoom(header)
    if (refusal !== undefined) throw refusal
    const number = this.#next
    this.#next = (number + 2) as StreamNumber
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal?.reason as Error)
        stream.reset('its opener gave up')
      }
      const unlisten = (): void => signal?.removeEventListener('abort', abort)
      const stream = this.#stream(channel, number, new Uint8Array(header), (error) => {
        unlisten()
        this.#context.work.streams.give()
        if (error !== undefined) reject(error)
      })
      const accepted = (): void => {
        unlisten()
        resolve(stream)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#open.set(number, { channel, stream, accepted })
      const window = this.#context.limits.streamWindowBytes
      this.#context.send({ kind: 'stream-open', channel, stream: number, window, payload: header })
    })
  }

  receive(frame: Frame & StreamFrame, handler: () => StreamHandler | undefined): void {
    if (frame.kind === 'stream-open') return this.#accept(frame, handler())
    const open = this.#open.get(frame.stream)
    if (open === undefined) return
    if (frame.kind === 'stream-accept') {
      open.stream.credit(frame.window)
      open.accepted?.()
    } else {
      open.stream.receive(frame)
    }
  }

  /** Stops all, or those of one channel. Without an error nothing settles: its process is gone. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    for (const [number, open] of this.#open) {
      if (channel !== undefined && open.channel !== channel) continue
      if (error !== undefined) {
        const reason = `its channel was closed at ${this.#context.self}`
        this.#send(open.channel, number, { kind: 'stream-reset', code: 'stream-reset', reason })
      }
      open.stream.stop(error)
    }
  }

  #accept(frame: OpenFrame, handler: StreamHandler | undefined): void {
    const { channel, stream: number, window, payload: header } = frame
    const { self, work, limits } = this.#context
    if (handler === undefined) {
      return this.#refuse(frame, failure('not-served', `${self} takes no streams on "${channel}"`))
    }
    const refusal = this.#takeRoom(header)
    if (refusal !== undefined) return this.#refuse(frame, refusal)
    const stream = this.#stream(channel, number, header, () => {})
    this.#open.set(number, { channel, stream, accepted: undefined })
    this.#send(channel, number, { kind: 'stream-accept', window: limits.streamWindowBytes })
    stream.credit(window)
    void this.#serve(channel, stream, handler).finally(() => work.streams.give())
  }

  async #serve(channel: string, stream: SessionStream, handler: StreamHandler): Promise<void> {
    try {
      await handler(stream)
      await stream[Symbol.asyncDispose]()
    } catch (error) {
      stream.reset(toldReason(error, this.#context.limits.reasonLengthMax))
      if (!(error instanceof FlotillaError)) this.#context.report({ channel, handler: 'stream', error })
    }
  }

  #stream(
    channel: string,
    number: StreamNumber,
    header: Uint8Array,
    onClosed: (error: FlotillaError<NetworkErrorCode> | undefined) => void,
  ): SessionStream {
    const { peer, limits } = this.#context
    return new SessionStream({
      peer,
      header,
      windowBytes: limits.streamWindowBytes,
      reasonLengthMax: limits.reasonLengthMax,
      send: (body) => this.#send(channel, number, body),
      onClosed: (error) => {
        this.#open.delete(number)
        onClosed(error)
      },
    })
  }

  #takeRoom(header: Uint8Array): FlotillaError<NetworkErrorCode> | undefined {
    const { peer, self, limits, work } = this.#context
    const { streamHeaderBytesMax, streamsOpenMax } = limits
    if (header.byteLength > streamHeaderBytesMax) {
      return tooLarge('the header of a stream', header.byteLength, 'streamHeaderBytesMax', streamHeaderBytesMax)
    }
    if (work.streams.take()) return undefined
    return overloaded(`too many streams between ${self} and ${peer}`, 'streamsOpenMax', streamsOpenMax)
  }

  #refuse(frame: OpenFrame, error: FlotillaError<NetworkErrorCode>): void {
    this.#send(frame.channel, frame.stream, { kind: 'stream-reset', code: error.code, reason: error.message })
  }

  #send(channel: string, stream: StreamNumber, body: StreamBody): void {
    this.#context.send({ channel, stream, ...body })
  }
}
