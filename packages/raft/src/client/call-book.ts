import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { driverLimits } from '../limits.ts'
import type { Answer, BootNumber, Call, CallId } from '../wire/call.ts'
import type { AddressedAnswer } from '../wire/answer-codec.ts'
import { timedOut } from './call-errors.ts'
import type { CallOwner, PendingCall, Route, Setback } from './pending-call.ts'

/** Brings calls to members, this node's own included. */
export interface Carrier {
  /** Takes it on its way at the end of this turn; false if that node cannot be reached. */
  carry(to: NodeId, route: Route, id: CallId, call: Call): boolean
}

export interface CallBookOptions {
  readonly clock: Clock
  readonly prng: Prng
  readonly boot: BootNumber
  readonly carrier: Carrier
}

export interface NewCall {
  readonly call: Call
  readonly route: Route
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly owner: CallOwner
  readonly resolve: PendingCall['resolve']
  readonly reject: PendingCall['reject']
}

/**
 * All calls of one process that have not ended. Each has one attempt on its way at a time; an attempt that is answered
 * with "not here" is made again elsewhere; so is one that is not answered, of which nobody knows what became.
 *
 * One timer serves them all: it looks through all that wait when the first of them is due, which in good days is never.
 */
export class CallBook {
  readonly #clock: Clock
  readonly #carrier: Carrier
  readonly #prng: Prng
  readonly boot: BootNumber
  /** By their present id. */
  readonly #calls = new Map<CallId, PendingCall>()
  #lastId = 0
  #timer: Disposable | undefined
  /** When the timer is due; Infinity without one. */
  #sweepAt = Infinity as Millis
  #sweptAt = -Infinity as Millis

  constructor(options: CallBookOptions) {
    this.#clock = options.clock
    this.#carrier = options.carrier
    this.#prng = options.prng
    this.boot = options.boot
  }

  get size(): number {
    return this.#calls.size
  }

  /** Notes a call without sending it: see `send`. */
  hold(asked: NewCall): PendingCall {
    const { signal } = asked
    const pending: PendingCall = {
      id: this.#nextId(),
      call: asked.call,
      route: asked.route,
      deadlineAt: after(this.#clock.now(), asked.timeoutMs),
      timeoutMs: asked.timeoutMs,
      retryAt: Infinity as Millis,
      sentTo: undefined,
      uncertain: false,
      attempts: 0,
      setbacks: 0,
      setback: undefined,
      limit: '',
      waitsFor: undefined,
      owner: asked.owner,
      resolve: asked.resolve,
      reject: asked.reject,
      signal,
      abort: undefined,
    }
    this.#calls.set(pending.id, pending)
    if (signal !== undefined) {
      pending.abort = () => this.end(pending, undefined, signal.reason)
      signal.addEventListener('abort', pending.abort, { once: true })
    }
    this.#sweepBy(pending.deadlineAt)
    return pending
  }

  /** Makes the next attempt. */
  send(pending: PendingCall): void {
    const target = pending.route.target(pending.call)
    if (target === undefined) return this.#setBack(pending, 'no-leader')
    if (pending.attempts++ > 0) {
      this.#calls.delete(pending.id)
      pending.id = this.#nextId()
      this.#calls.set(pending.id, pending)
    }
    if (!this.#carrier.carry(target, pending.route, pending.id, pending.call)) {
      pending.route.failed(target)
      return this.#setBack(pending, 'unreachable')
    }
    pending.sentTo = target
    const { answerWaitMs, answerWaitMsMax } = driverLimits
    const waitMs = Math.min(answerWaitMs * 2 ** (pending.attempts - 1), answerWaitMsMax)
    pending.retryAt = after(this.#clock.now(), waitMs)
    this.#sweepBy(pending.retryAt)
  }

  answered(from: NodeId, answers: readonly AddressedAnswer[]): void {
    for (const { boot, id, answer } of answers) {
      const pending = boot === this.boot ? this.#calls.get(id) : undefined
      if (pending !== undefined && pending.sentTo === from) this.#take(pending, from, answer)
    }
  }

  /** What was sent there and not answered is sent elsewhere. */
  peerDown(peer: NodeId): void {
    for (const pending of Array.from(this.#calls.values())) {
      if (pending.sentTo !== peer) continue
      this.#lose(pending, peer)
      this.send(pending)
    }
  }

  /** Somebody can be asked who could not before: what waited for that goes now. */
  nudge(route?: Route): void {
    for (const pending of Array.from(this.#calls.values())) {
      const meant = route === undefined || pending.route === route
      if (meant && pending.sentTo === undefined && pending.retryAt !== Infinity) this.send(pending)
    }
  }

  /** Once; more often does no harm. */
  end(pending: PendingCall, answer: Answer | undefined, error: unknown): void {
    if (!this.#calls.delete(pending.id)) return
    if (pending.abort !== undefined) pending.signal?.removeEventListener('abort', pending.abort)
    if (this.#calls.size === 0) this.#rest()
    pending.owner.settled(pending, answer, error)
  }

  /** Fails every call of that route, or of all. */
  fail(error: unknown, route?: Route): void {
    for (const pending of Array.from(this.#calls.values())) {
      if (route === undefined || pending.route === route) this.end(pending, undefined, error)
    }
  }

  #take(pending: PendingCall, from: NodeId, answer: Answer): void {
    switch (answer.type) {
      case 'redirect':
        pending.sentTo = undefined
        pending.route.learned(answer.leader)
        // Two that point at each other are given time to find out.
        return pending.attempts % 4 === 0 ? this.#setBack(pending, 'no-leader') : this.send(pending)
      case 'no-leader':
        pending.route.failed(from)
        return this.#setBack(pending, 'no-leader')
      case 'not-served':
        pending.route.failed(from)
        return this.#setBack(pending, 'not-served')
      case 'overloaded':
        pending.limit = answer.limit
        return this.#setBack(pending, 'overloaded')
      case 'unclear':
        this.#lose(pending, from)
        return this.#setBack(pending, 'no-leader')
      case 'result':
      case 'refused':
      case 'session':
      case 'session-expired':
      case 'done':
      case 'leader':
      default:
        return this.end(pending, answer, undefined)
    }
  }

  #lose(pending: PendingCall, from: NodeId): void {
    pending.sentTo = undefined
    pending.uncertain = true
    pending.route.failed(from)
  }

  /** The attempt came to nothing; there will be another. */
  #setBack(pending: PendingCall, setback: Setback): void {
    pending.sentTo = undefined
    pending.setback = setback
    const { firstRetryMs, retryMsMax } = driverLimits
    const ceilingMs = Math.min(firstRetryMs * 2 ** Math.min(pending.setbacks++, 16), retryMsMax)
    const delayMs = this.#prng.between(ceilingMs >> 1, ceilingMs)
    pending.retryAt = after(this.#clock.now(), delayMs)
    this.#sweepBy(pending.retryAt)
  }

  #nextId(): CallId {
    return ++this.#lastId as CallId
  }

  #sweepBy(at: Millis): void {
    const due = Math.max(at, this.#sweptAt + driverLimits.sweepMsMin) as Millis
    if (due >= this.#sweepAt) return
    this.#timer?.[Symbol.dispose]()
    this.#sweepAt = due
    this.#timer = this.#clock.wakeAt(due, () => this.#sweep())
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#sweepAt = Infinity as Millis
  }

  #sweep(): void {
    const now = this.#clock.now()
    this.#rest()
    this.#sweptAt = now
    let next = Infinity as Millis
    for (const pending of Array.from(this.#calls.values())) {
      if (pending.deadlineAt <= now) this.end(pending, undefined, timedOut(pending))
      else if (pending.retryAt <= now) this.#retry(pending)
      if (this.#calls.has(pending.id)) next = Math.min(next, pending.deadlineAt, pending.retryAt) as Millis
    }
    this.#sweepBy(next)
  }

  #retry(pending: PendingCall): void {
    if (pending.sentTo !== undefined) {
      pending.setback = 'silence'
      this.#lose(pending, pending.sentTo)
    }
    this.send(pending)
  }
}
