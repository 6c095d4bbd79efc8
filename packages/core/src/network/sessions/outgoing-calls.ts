import type { FlotillaError } from '../../errors/index.ts'
import type { NetworkErrorCode, RequestOptions } from '../index.ts'
import { after } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import { failure, overloaded } from './failure.ts'
import type { CallFrame, CallNumber } from './frame.ts'
import type { SessionContext } from './session-context.ts'

interface PendingCall {
  readonly channel: string
  readonly bytes: number
  readonly timer: Disposable
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: Error) => void
  /** Stops listening to the caller's signal. */
  readonly unlisten: () => void
}

/** Our requests that wait for one peer's answer. Whatever comes after a caller gave up is ignored. */
export class OutgoingCalls {
  readonly #context: SessionContext
  readonly #room: Allowance
  readonly #pending = new Map<CallNumber, PendingCall>()
  #lastCall = 0 as CallNumber

  constructor(context: SessionContext) {
    this.#context = context
    this.#room = new Allowance(context.limits.requestsInFlightMax)
  }

  request(channel: string, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { timeoutMs, signal } = options
    const { clock, peer } = this.#context
    const bytes = payload.byteLength
    this.#takeRoom(bytes)
    const call = (this.#lastCall + 1) as CallNumber
    this.#lastCall = call
    return new Promise((resolve, reject) => {
      const giveUp = (error: Error): void => this.#giveUp(call, error)
      const cancel = (): void => giveUp(signal?.reason as Error)
      const timer = clock.wakeAt(after(clock.now(), timeoutMs), () => {
        giveUp(failure('deadline-exceeded', `${peer} did not answer on "${channel}" within ${timeoutMs} ms`))
      })
      const unlisten = (): void => signal?.removeEventListener('abort', cancel)
      signal?.addEventListener('abort', cancel, { once: true })
      this.#pending.set(call, { channel, bytes, timer, resolve, reject, unlisten })
      this.#context.send({ kind: 'request', channel, call, payload })
    })
  }

  settle(frame: CallFrame & { readonly kind: 'answer' | 'failure' }): void {
    const pending = this.#take(frame.call)
    if (frame.kind === 'answer') pending?.resolve(frame.payload)
    else pending?.reject(failure(frame.code, frame.reason))
  }

  /** Fails all, or those of one channel. Without an error nothing settles: its process is gone. */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    for (const [call, pending] of this.#pending) {
      if (channel !== undefined && pending.channel !== channel) continue
      if (error === undefined) this.#take(call)
      else this.#giveUp(call, error)
    }
  }

  #takeRoom(bytes: number): void {
    const { limits, held, peer } = this.#context
    const what = `too many requests wait for ${peer}`
    if (!this.#room.take()) throw overloaded(what, 'requestsInFlightMax', limits.requestsInFlightMax)
    if (held.take(bytes)) return
    this.#room.give()
    throw overloaded(what, 'messageBytesHeldMax', limits.messageBytesHeldMax)
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
    pending.timer[Symbol.dispose]()
    pending.unlisten()
    return pending
  }
}
