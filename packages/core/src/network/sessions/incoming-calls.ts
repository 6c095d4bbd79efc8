import { FlotillaError } from '../../errors/index.ts'
import type { ChannelHandlers, NetworkErrorCode } from '../index.ts'
import { failure, overloaded, toldReason, tooLarge } from './failure.ts'
import type { CallFrame, CallNumber, Frame } from './frame.ts'
import type { SessionContext } from './session-context.ts'

type RequestHandler = NonNullable<ChannelHandlers['request']>
type RequestFrame = Frame & CallFrame & { readonly kind: 'request' }

interface RunningCall {
  readonly channel: string
  readonly controller: AbortController
}

/** One peer's requests that our handlers work on. */
export class IncomingCalls {
  readonly #context: SessionContext
  readonly #running = new Map<CallNumber, RunningCall>()

  constructor(context: SessionContext) {
    this.#context = context
  }

  start(frame: RequestFrame, handler: RequestHandler | undefined): void {
    if (handler === undefined) return this.#refuse(frame, notServed(this.#context.self, frame.channel))
    const refusal = this.#takeRoom(frame.payload.byteLength)
    if (refusal !== undefined) return this.#refuse(frame, refusal)
    const running = { channel: frame.channel, controller: new AbortController() }
    this.#running.set(frame.call, running)
    void this.#run(frame, running, handler)
  }

  cancel(call: CallNumber): void {
    const running = this.#running.get(call)
    this.#running.delete(call)
    running?.controller.abort(failure('cancelled', 'its caller no longer waits for the answer'))
  }

  /** Aborts all, or those of one channel. Without an error nobody is told: their process is gone. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    const { self } = this.#context
    for (const [call, running] of this.#running) {
      if (channel !== undefined && running.channel !== channel) continue
      this.#running.delete(call)
      if (error === undefined) continue
      this.#refuse({ channel: running.channel, call }, notServed(self, running.channel))
      running.controller.abort(error)
    }
  }

  async #run(frame: RequestFrame, running: RunningCall, handler: RequestHandler): Promise<void> {
    const { channel, call, payload } = frame
    const { peer, work } = this.#context
    const bytes = payload.byteLength
    try {
      const answer = await handler({ from: peer, payload, signal: running.controller.signal })
      this.#answer({ channel, call }, answer)
    } catch (error) {
      this.#fail({ channel, call }, running, error)
    } finally {
      this.#running.delete(call)
      work.requests.give()
      work.bytes.give(bytes)
    }
  }

  #answer(to: { readonly channel: string; readonly call: CallNumber }, payload: Uint8Array): void {
    if (!this.#running.has(to.call)) return
    const { limits, work } = this.#context
    const bytes = payload.byteLength
    const { messageBytesMax, messageBytesHeldMax } = limits
    if (bytes > messageBytesMax) {
      const error = tooLarge('the answer', bytes, 'messageBytesMax', messageBytesMax)
      this.#refuse(to, error)
      return this.#context.report({ channel: to.channel, handler: 'request', error })
    }
    if (!work.bytes.take(bytes)) {
      return this.#refuse(to, overloaded('too many answers wait', 'messageBytesHeldMax', messageBytesHeldMax))
    }
    this.#context.send({ kind: 'answer', ...to, payload }, () => work.bytes.give(bytes))
  }

  #fail(to: { readonly channel: string; readonly call: CallNumber }, running: RunningCall, error: unknown): void {
    const reason = toldReason(error, this.#context.limits.reasonLengthMax)
    if (this.#running.has(to.call)) this.#refuse(to, failure('remote-failed', reason))
    if (error instanceof FlotillaError || error === running.controller.signal.reason) return
    this.#context.report({ channel: to.channel, handler: 'request', error })
  }

  #takeRoom(bytes: number): FlotillaError<NetworkErrorCode> | undefined {
    const { limits, work, self } = this.#context
    const { messageBytesMax, requestsInFlightMax, messageBytesHeldMax } = limits
    if (bytes > messageBytesMax) return tooLarge('the request', bytes, 'messageBytesMax', messageBytesMax)
    const what = `${self} works on too many requests`
    if (!work.requests.take()) return overloaded(what, 'requestsInFlightMax', requestsInFlightMax)
    if (work.bytes.take(bytes)) return undefined
    work.requests.give()
    return overloaded(what, 'messageBytesHeldMax', messageBytesHeldMax)
  }

  #refuse(to: { readonly channel: string; readonly call: CallNumber }, error: FlotillaError<NetworkErrorCode>): void {
    const { channel, call } = to
    this.#context.send({ kind: 'failure', channel, call, code: error.code, reason: error.message })
  }
}

function notServed(self: string, channel: string): FlotillaError<NetworkErrorCode> {
  return failure('not-served', `${self} serves no requests on "${channel}", or not any more`)
}
