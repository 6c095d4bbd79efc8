import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { ChannelHandlers, IncomingRequest, NetworkErrorCode } from '../index.ts'
import { cutReason, failure, overloaded, toldReason, tooLarge } from './failure.ts'
import type { CallFrame, CallNumber, Frame } from './frame.ts'
import type { Left, SessionContext } from './session-context.ts'
import { unexpected } from './unexpected.ts'

type RequestHandler = NonNullable<ChannelHandlers['request']>
type RequestFrame = Frame & CallFrame & { readonly kind: 'request' }

/** A request that a handler works on. Its signal is made only for a handler that asks for it: it costs much. */
class RunningCall implements IncomingRequest {
  readonly from: NodeId
  readonly payload: Uint8Array
  readonly channel: string
  readonly call: CallNumber
  #controller: AbortController | undefined
  #abortedWith: Error | undefined

  constructor(from: NodeId, frame: RequestFrame) {
    this.from = from
    this.payload = frame.payload
    this.channel = frame.channel
    this.call = frame.call
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortedWith !== undefined) this.#controller.abort(this.#abortedWith)
    }
    return this.#controller.signal
  }

  /** Why its signal is aborted, if it is. */
  get abortedWith(): Error | undefined {
    return this.#abortedWith
  }

  abort(error: Error): void {
    this.#abortedWith = error
    this.#controller?.abort(error)
  }
}

/** One peer's requests that our handlers work on. */
export class IncomingCalls {
  readonly #context: SessionContext
  readonly #running = new Map<CallNumber, RunningCall>()
  #lastCall = 0
  /** Of answers that have not left; given back to `work` when the connection ends before that. */
  #unsentBytes = 0
  #stopped = false

  constructor(context: SessionContext) {
    this.#context = context
  }

  /** How many handlers work on something that is still wanted. */
  get running(): number {
    return this.#running.size
  }

  start(frame: RequestFrame, handler: RequestHandler | undefined): void {
    const { self, peer } = this.#context
    if (!Number.isSafeInteger(frame.call) || frame.call <= this.#lastCall) {
      throw unexpected(peer, 'numbers a request not above the one before')
    }
    this.#lastCall = frame.call
    if (handler === undefined) return this.#refuse(frame, notServed(self, frame.channel))
    const refusal = this.#takeRoom(frame.payload.byteLength)
    if (refusal !== undefined) return this.#refuse(frame, refusal)
    const running = new RunningCall(peer, frame)
    this.#running.set(frame.call, running)
    void this.#run(running, handler)
  }

  cancel(call: CallNumber): void {
    const running = this.#running.get(call)
    if (running === undefined) {
      if (call >= 1 && call <= this.#lastCall) return // It was answered meanwhile.
      throw unexpected(this.#context.peer, 'cancels a request that it never made')
    }
    this.#running.delete(call)
    running.abort(failure('cancelled', 'its caller no longer waits for the answer'))
  }

  /**
   * Aborts those of one channel, or all, as the connection is gone. Without an error no handler is told: their process
   * is gone.
   */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    const { self } = this.#context
    for (const [call, running] of this.#running) {
      if (channel !== undefined && running.channel !== channel) continue
      this.#running.delete(call)
      if (channel !== undefined) this.#refuse(running, notServed(self, channel))
      if (error !== undefined) running.abort(error)
    }
    if (channel !== undefined || this.#stopped) return
    this.#stopped = true
    this.#context.work.bytes.give(this.#unsentBytes)
  }

  async #run(running: RunningCall, handler: RequestHandler): Promise<void> {
    const { work } = this.#context
    const bytes = running.payload.byteLength
    try {
      const answer = await handler(running)
      this.#answer(running, answer)
    } catch (error) {
      this.#fail(running, error)
    } finally {
      this.#running.delete(running.call)
      work.requests.give()
      work.bytes.give(bytes)
    }
  }

  #answer(running: RunningCall, payload: Uint8Array): void {
    const { channel, call } = running
    if (!this.#running.has(call)) return
    const { limits, work } = this.#context
    const bytes = payload.byteLength
    const { messageBytesMax, messageBytesHeldMax } = limits
    if (bytes > messageBytesMax) {
      const error = tooLarge('the answer', bytes, 'messageBytesMax', messageBytesMax)
      this.#refuse(running, error)
      return this.#context.report({ channel, handler: 'request', error })
    }
    if (!work.bytes.take(bytes)) {
      return this.#refuse(running, overloaded('too many answers wait', 'messageBytesHeldMax', messageBytesHeldMax))
    }
    this.#unsentBytes += bytes
    this.#context.send({ kind: 'answer', channel, call, payload }, this.#answersLeft)
  }

  readonly #answersLeft: Left = (_frames, payloadBytes) => {
    if (this.#stopped) return
    this.#unsentBytes -= payloadBytes
    this.#context.work.bytes.give(payloadBytes)
  }

  #fail(running: RunningCall, error: unknown): void {
    const reason = toldReason(error, this.#context.limits.reasonLengthMax)
    if (this.#running.has(running.call)) this.#refuse(running, failure('remote-failed', reason))
    if (error instanceof FlotillaError || error === running.abortedWith) return
    this.#context.report({ channel: running.channel, handler: 'request', error })
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
    const reason = cutReason(error.message, this.#context.limits.reasonLengthMax)
    this.#context.send({ kind: 'failure', channel, call, code: error.code, reason })
  }
}

function notServed(self: string, channel: string): FlotillaError<NetworkErrorCode> {
  return failure('not-served', `${self} serves no requests on "${channel}", or not any more`)
}
