import type { FlotillaError } from '../../errors/index.ts'
import type { NetworkErrorCode, RequestOptions } from '../index.ts'
import { after } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import { Deadlines, type Deadline } from './deadlines.ts'
import { cutReason, failure, overloaded, tooLarge } from './failure.ts'
import type { CallFrame, CallNumber } from './frame.ts'
import type { Left, SessionContext } from './session-context.ts'
import { unexpected } from './unexpected.ts'

interface PendingCall {
  readonly channel: string
  readonly bytes: number
  readonly timeoutMs: number
  readonly deadline: Deadline<CallNumber>
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: Error) => void
  /** Stops listening to the caller's signal. */
  readonly unlisten: (() => void) | undefined
}

/** Why a far side may fail a request. */
const failureCodes: ReadonlySet<NetworkErrorCode> = new Set(['remote-failed', 'not-served', 'too-large', 'overloaded'])

/**
 * Our requests that wait for one peer's answer. Whatever comes after a caller gave up is ignored.
 *
 * A request holds its room until it is settled, and room of a second kind until it has left: else callers that give up
 * while nothing leaves would pile up requests without end.
 */
export class OutgoingCalls {
  readonly #context: SessionContext
  readonly #room: Allowance
  readonly #unsent: Allowance
  readonly #unsentBytes: Allowance
  readonly #pending = new Map<CallNumber, PendingCall>()
  readonly #deadlines: Deadlines<CallNumber>
  #lastCall = 0 as CallNumber

  constructor(context: SessionContext) {
    this.#context = context
    const { clock, limits } = context
    this.#deadlines = new Deadlines(clock, limits.requestsInFlightMax, (call) => this.#expire(call))
    this.#room = new Allowance(limits.requestsInFlightMax)
    this.#unsent = new Allowance(limits.requestsInFlightMax)
    this.#unsentBytes = new Allowance(limits.messageBytesHeldMax)
  }

  get waiting(): number {
    return this.#pending.size
  }

  request(channel: string, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { timeoutMs, signal } = options
    const { clock } = this.#context
    const bytes = payload.byteLength
    this.#takeRoom(bytes)
    const call = (this.#lastCall + 1) as CallNumber
    this.#lastCall = call
    const deadline = this.#deadlines.push(after(clock.now(), timeoutMs), call)
    return new Promise((resolve, reject) => {
      const unlisten = signal && this.#listen(call, signal)
      this.#pending.set(call, { channel, bytes, timeoutMs, deadline, resolve, reject, unlisten })
      this.#context.send({ kind: 'request', channel, call, payload }, this.#requestsLeft)
    })
  }

  settle(frame: CallFrame & { readonly kind: 'answer' | 'failure' }): void {
    const { peer, limits } = this.#context
    const { messageBytesMax, reasonLengthMax } = limits
    if (frame.kind === 'failure' && !failureCodes.has(frame.code)) {
      throw unexpected(peer, 'fails a request for a reason that is none')
    }
    const pending = this.#take(frame.call)
    if (pending === undefined) {
      if (frame.call >= 1 && frame.call <= this.#lastCall) return
      throw unexpected(peer, 'answers a request that was never made')
    }
    if (frame.kind === 'failure') {
      pending.reject(failure(frame.code, cutReason(frame.reason, reasonLengthMax)))
    } else if (frame.payload.byteLength > messageBytesMax) {
      pending.reject(tooLarge(`the answer of ${peer}`, frame.payload.byteLength, 'messageBytesMax', messageBytesMax))
    } else {
      pending.resolve(frame.payload)
    }
  }

  /**
   * Fails those of one channel, or all, as the connection is gone. Without an error nothing settles: its process is
   * gone.
   */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    for (const [call, pending] of this.#pending) {
      if (channel !== undefined && pending.channel !== channel) continue
      if (error !== undefined && channel !== undefined) this.#giveUp(call, error)
      else this.#take(call)
      if (error !== undefined) pending.reject(error)
    }
  }

  #listen(call: CallNumber, signal: AbortSignal): () => void {
    const cancel = (): void => this.#giveUp(call, signal.reason as Error)
    signal.addEventListener('abort', cancel, { once: true })
    return () => signal.removeEventListener('abort', cancel)
  }

  #takeRoom(bytes: number): void {
    const { limits, held, peer } = this.#context
    const what = `too many requests wait for ${peer}`
    if (!this.#room.take()) throw overloaded(what, 'requestsInFlightMax', limits.requestsInFlightMax)
    if (!this.#unsent.take()) {
      this.#room.give()
      throw overloaded(what, 'requestsInFlightMax', limits.requestsInFlightMax)
    }
    if (this.#unsentBytes.take(bytes)) {
      if (held.take(bytes)) return
      this.#unsentBytes.give(bytes)
    }
    this.#room.give()
    this.#unsent.give()
    throw overloaded(what, 'messageBytesHeldMax', limits.messageBytesHeldMax)
  }

  readonly #requestsLeft: Left = (frames, payloadBytes) => {
    this.#unsent.give(frames)
    this.#unsentBytes.give(payloadBytes)
  }

  #expire(call: CallNumber): void {
    const { channel = '', timeoutMs } = this.#pending.get(call) ?? {}
    const { peer } = this.#context
    this.#giveUp(call, failure('deadline-exceeded', `${peer} did not answer on "${channel}" within ${timeoutMs} ms`))
  }

  #giveUp(call: CallNumber, error: Error): void {
    const pending = this.#take(call)
    if (pending === undefined) return
    this.#context.send({ kind: 'cancel', channel: pending.channel, call })
    pending.reject(error)
  }

  #take(call: CallNumber): PendingCall | undefined {
    const pending = this.#pending.get(call)
    if (pending === undefined) return undefined
    this.#pending.delete(call)
    this.#room.give()
    this.#context.held.give(pending.bytes)
    this.#deadlines.remove(pending.deadline)
    pending.unlisten?.()
    return pending
  }
}
