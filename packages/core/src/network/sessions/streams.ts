import { FlotillaError } from '../../errors/index.ts'
import type { ByteStream, ChannelHandlers, NetworkErrorCode, StreamOptions } from '../index.ts'
import { Allowance } from './allowance.ts'
import { cutReason, failure, overloaded, toldReason, tooLarge } from './failure.ts'
import type { Frame, StreamBody, StreamFrame, StreamNumber } from './frame.ts'
import type { Left, SessionContext } from './session-context.ts'
import { isWindow } from './stream-sender.ts'
import { SessionStream, type SessionStreamOptions } from './stream.ts'
import { unexpected } from './unexpected.ts'

type StreamHandler = NonNullable<ChannelHandlers['stream']>
type OpenFrame = Frame & StreamFrame & { readonly kind: 'stream-open' }

interface OpenStream {
  readonly channel: string
  readonly stream: SessionStream
}

/** The streams of one end of a connection. Frames of streams that are closed here are ignored. */
export class Streams {
  readonly #context: SessionContext
  readonly #open = new Map<StreamNumber, OpenStream>()
  /** Openings that have not left: callers that give up while nothing leaves must not pile them up. */
  readonly #unsentOpenings: Allowance
  #next: StreamNumber
  /** The peer's last; its numbers rise. */
  #lastAccepted = -1

  constructor(context: SessionContext) {
    this.#context = context
    this.#unsentOpenings = new Allowance(context.limits.streamsOpenMax)
    this.#next = context.parity as StreamNumber
  }

  get count(): number {
    return this.#open.size
  }

  open(channel: string, options: StreamOptions): Promise<ByteStream> {
    const { header = new Uint8Array(), signal } = options
    const refusal = this.#takeRoom(header)
    if (refusal !== undefined) throw refusal
    if (!this.#unsentOpenings.take()) {
      this.#context.work.streams.give()
      throw this.#tooMany()
    }
    const number = this.#next
    this.#next = (number + 2) as StreamNumber
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal?.reason as Error)
        stream.reset('its opener gave up')
      }
      const unlisten = (): void => signal?.removeEventListener('abort', abort)
      const stream = this.#stream(channel, number, new Uint8Array(header), {
        onAccepted: () => {
          unlisten()
          resolve(stream)
        },
        onClosed: (error) => {
          unlisten()
          this.#context.work.streams.give()
          if (error !== undefined) reject(error)
        },
      })
      signal?.addEventListener('abort', abort, { once: true })
      const window = this.#context.limits.streamWindowBytes
      this.#send(channel, number, { kind: 'stream-open', window, payload: header }, this.#openingsLeft)
    })
  }

  /** A peer opens a stream. */
  accept(frame: OpenFrame, handler: StreamHandler | undefined): void {
    const { channel, stream: number, window, payload: header } = frame
    const { self, peer, work, limits } = this.#context
    if (this.#isOurs(number) || !Number.isSafeInteger(number) || number <= this.#lastAccepted) {
      throw unexpected(peer, 'numbers a stream not above the one before')
    }
    if (!isWindow(window)) throw unexpected(peer, 'opens a stream with room that is no number')
    this.#lastAccepted = number
    if (handler === undefined) {
      return this.#refuse(frame, failure('not-served', `${self} takes no streams on "${channel}"`))
    }
    const refusal = this.#takeRoom(header)
    if (refusal !== undefined) return this.#refuse(frame, refusal)
    const stream = this.#stream(channel, number, header, {})
    this.#send(channel, number, { kind: 'stream-accept', window: limits.streamWindowBytes })
    stream.open(window)
    void this.#serve(channel, stream, handler).finally(() => work.streams.give())
  }

  /** Anything else of a stream. */
  receive(frame: Frame & StreamFrame): void {
    const number = frame.stream
    const open = this.#open.get(number)
    if (open !== undefined) return open.stream.receive(frame)
    const known = this.#isOurs(number) ? number < this.#next : number <= this.#lastAccepted
    if (!known || number < 0 || !Number.isInteger(number))
      throw unexpected(this.#context.peer, `sends ${frame.kind} of a stream that never was`)
  }

  /** Resets those of one channel, or stops all, as the connection is gone. Without an error nothing settles. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    for (const [number, open] of this.#open) {
      if (channel !== undefined && open.channel !== channel) continue
      if (channel !== undefined) {
        const reason = `its channel was closed at ${this.#context.self}`
        this.#send(open.channel, number, { kind: 'stream-reset', code: 'stream-reset', reason })
      }
      open.stream.stop(error)
    }
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
    on: Partial<Pick<SessionStreamOptions, 'onAccepted' | 'onClosed'>>,
  ): SessionStream {
    const { peer, limits } = this.#context
    const stream = new SessionStream({
      peer,
      header,
      limits,
      send: (body, left) => this.#send(channel, number, body, left),
      ...(on.onAccepted && { onAccepted: on.onAccepted }),
      onClosed: (error) => {
        this.#open.delete(number)
        on.onClosed?.(error)
      },
    })
    this.#open.set(number, { channel, stream })
    return stream
  }

  #takeRoom(header: Uint8Array): FlotillaError<NetworkErrorCode> | undefined {
    const { limits, work } = this.#context
    const { streamHeaderBytesMax } = limits
    if (header.byteLength > streamHeaderBytesMax) {
      return tooLarge('the header of a stream', header.byteLength, 'streamHeaderBytesMax', streamHeaderBytesMax)
    }
    return work.streams.take() ? undefined : this.#tooMany()
  }

  #tooMany(): FlotillaError<NetworkErrorCode> {
    const { peer, self, limits } = this.#context
    return overloaded(`too many streams between ${self} and ${peer}`, 'streamsOpenMax', limits.streamsOpenMax)
  }

  readonly #openingsLeft: Left = (frames) => this.#unsentOpenings.give(frames)

  /** Of a number that is none, it does not matter. */
  #isOurs(number: number): boolean {
    return Math.abs(number % 2) === this.#context.parity
  }

  #refuse(frame: OpenFrame, error: FlotillaError<NetworkErrorCode>): void {
    const reason = cutReason(error.message, this.#context.limits.reasonLengthMax)
    this.#send(frame.channel, frame.stream, { kind: 'stream-reset', code: error.code, reason })
  }

  #send(channel: string, stream: StreamNumber, body: StreamBody, left?: Left): void {
    this.#context.send({ channel, stream, ...body }, left)
  }
}
