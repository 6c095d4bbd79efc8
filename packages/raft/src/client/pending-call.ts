import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { GroupName } from '../types.ts'
import type { Answer, Call, CallId } from '../wire/call.ts'

/** Why the last attempt came to nothing. */
export type Setback = 'no-leader' | 'unreachable' | 'not-served' | 'overloaded' | 'silence'

/** Whom the calls of one group are sent to. */
export interface Route {
  readonly group: GroupName
  /** Undefined while there is nobody to ask. */
  target(call: Call): NodeId | undefined
  /** That member said that this one leads. */
  learned(leader: NodeId): void
  /** That one did not serve the call: ask another next. */
  failed(target: NodeId): void
}

/** One call from its beginning to its end, whatever number of attempts that takes. */
export interface PendingCall {
  /** Names its present or last attempt. */
  id: CallId
  call: Call
  readonly route: Route
  /** When it is given up. */
  readonly deadlineAt: Millis
  readonly timeoutMs: number
  /** When to try again, or to take the present attempt for lost. Infinity while it is held back. */
  retryAt: Millis
  /** Whom the present attempt was sent to; undefined while there is none. */
  sentTo: NodeId | undefined
  /** Whether an attempt was made of which nobody knows what became. */
  uncertain: boolean
  attempts: number
  /** How often it was put off, for the delay before the next attempt. */
  setbacks: number
  setback: Setback | undefined
  /** The name of the limit, if the setback is `overloaded`. */
  limit: string
  /** The call without which this one cannot begin, such as that for a session. */
  waitsFor: PendingCall | undefined
  readonly owner: CallOwner
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal | undefined
  abort: (() => void) | undefined
}

export interface CallOwner {
  /** Called once for each call: with an answer that is final, or with why there is none. */
  settled(pending: PendingCall, answer: Answer | undefined, error: unknown): void
}

/** Whose calls need nothing more than their answer. */
export const plainOwner: CallOwner = {
  settled(pending, answer, error) {
    if (answer === undefined) pending.reject(error)
    else pending.resolve(answer)
  },
}
