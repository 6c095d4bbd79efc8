import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'

type LockMode =
  /** With others who read. */
  | 'shared'
  /** Alone. */
  | 'exclusive'

/** What every request for something says. */
interface Asking {
  readonly session: LockSessionId
  readonly owner: OwnerName
  /**
   * The same number again is the same request, answered with how things stand by then. One that was withdrawn before
   * it came is never granted.
   */
  readonly request: LockRequest
  readonly resource: ResourceName
  /** Otherwise it is granted now or not at all. */
  readonly wait: boolean
  /** What observers of the key see while this is held, such as who was elected. */
  readonly value?: string
  /** The age that this owner got when it tried the same before, so that it is not the youngest again. */
  readonly age?: OwnerAge
}

export interface AcquireCommand extends Asking {
  readonly type: 'acquire'
  readonly mode: LockMode
}

export interface AcquirePermitsCommand extends Asking {
  readonly type: 'acquire-permits'
  /** 1 to `capacity`. */
  readonly permits: number
  /** Fixed by whoever comes first while the key is in use; any other is refused. */
  readonly capacity: number
}

export type LockCommand =
  /**
   * A client begins to show life. `key` is drawn by the client: the same one again is the same session, renewed. The
   * name is for people.
   */
  | {
      readonly type: 'open-session'
      readonly key: Uint8Array
      readonly name: string
      readonly ttlMs: number
      readonly lockDelayMs: number
    }
  /** It still lives: the session ends `ttlMs` after this was applied, and not before. */
  | { readonly type: 'renew'; readonly session: LockSessionId }
  /** All that it has goes. If not orderly, as if it had expired: its exclusive locks stay closed for the lock delay. */
  | { readonly type: 'close-session'; readonly session: LockSessionId; readonly orderly: boolean }
  /**
   * A lock; also again by its owner, to have it more than once, or in another mode. An owner has it as exclusively as
   * one of its grants is: to upgrade, it asks for it exclusively and releases the shared grant then; to downgrade, the
   * other way round.
   */
  | AcquireCommand
  /** So many permits of a semaphore. */
  | AcquirePermitsCommand
  /**
   * That request is over, whether it is held, still waits or has not come yet (then it is refused when it comes).
   * Idempotent.
   */
  | {
      readonly type: 'release'
      readonly session: LockSessionId
      readonly request: LockRequest
      readonly because: ReleaseReason
    }
  /**
   * The end of a transaction: all that this owner holds goes at once, and what it waits for. `request` is one whose
   * answer the client does not know; it is over like the others.
   */
  | {
      readonly type: 'release-all'
      readonly session: LockSessionId
      readonly owner: OwnerName
      readonly request?: LockRequest
    }
  /** The holder shows something else to observers. */
  | {
      readonly type: 'set-value'
      readonly session: LockSessionId
      readonly request: LockRequest
      readonly value: string
    }

export type ReleaseReason =
  /** The holder is done. */
  | 'done'
  /** It has waited for too long. */
  | 'timeout'
  /** It was told to stop waiting. */
  | 'abort'

export type LockResult =
  | { readonly type: 'session-opened'; readonly session: LockSessionId }
  /** With how many of its requests are granted and wait: if the client counts otherwise, it missed an event. */
  | { readonly type: 'renewed'; readonly granted: number; readonly waiting: number }
  | { readonly type: 'session-closed' }
  /** There is no such session any more, and nothing of what it had: the answer to every command with a session. */
  | { readonly type: 'session-expired' }
  /** It holds. `holds` counts the grants of this owner on this resource, all of which have this one token. */
  | { readonly type: 'granted'; readonly token: FencingToken; readonly holds: number; readonly age: OwnerAge }
  /** So many requests are before this one. A `granted` or `deadlock` event will come; queries tell too. */
  | { readonly type: 'waiting'; readonly ahead: number; readonly age: OwnerAge }
  /** Not granted, since it was not to wait. These hold, and nobody does before `delayedMs` has passed. */
  | {
      readonly type: 'busy'
      /** The first `holdersShownMax` of them. */
      readonly holders: readonly LockParty[]
      readonly waiting: number
      readonly delayedMs: number
    }
  /**
   * Waiting would be for ever, and this transaction is the youngest of those concerned. It gets nothing more before it
   * has released what it holds, which it keeps until then: nobody else may have what somebody still works under.
   */
  | { readonly type: 'deadlock'; readonly cycle: DeadlockCycle; readonly age: OwnerAge }
  /** This request was over before it came, or its number is so old that nobody remembers. */
  | { readonly type: 'ended' }
  /** Given up. `holds` grants of this owner on this resource are left, and from now on have this token. */
  | { readonly type: 'released'; readonly holds: number; readonly token: FencingToken }
  /** It was still waiting, and does not wait any more. */
  | { readonly type: 'withdrawn' }
  /** Nothing is known of this request: it is over, or will be refused when it comes. */
  | { readonly type: 'not-held' }
  /** So many grants went, and as many waiting requests. */
  | { readonly type: 'all-released'; readonly granted: number; readonly waiting: number }
  | { readonly type: 'value-set' }

/** What is held or wanted: a lock in a mode, or permits of a semaphore. */
export type HeldMode = LockMode | 'permits'

/** One who holds or waits, as people are told of it. */
export interface LockParty {
  readonly session: LockSessionId
  /** Of the session. */
  readonly name: string
  readonly owner: OwnerName
  readonly mode: HeldMode
  /** 0 of a lock. */
  readonly permits: number
}

/** One who waits, and one who keeps it waiting. */
export interface WaitEdge {
  readonly resource: ResourceName
  readonly waiter: LockParty
  readonly blocker: LockParty
  /** Otherwise it waits as well, before the waiter. */
  readonly blockerHolds: boolean
}

/** Each waits for the next, and the last for the first. `cycleText` says it in words. */
export interface DeadlockCycle {
  /** The first `cycleEdgesMax` of them. */
  readonly edges: readonly WaitEdge[]
  /** How many more there are. */
  readonly more: number
}

/** Codes of the errors by which the machine refuses what would change nothing if it were tried again just like that. */
export type LockRefusalCode =
  /** A limit of the machine is reached; the message names it. Something has to go first. */
  | 'overloaded'
  /** The key is in use as a semaphore and not as a lock, or with another capacity. */
  | 'wrong-kind'
  /** More permits than the semaphore has, or a time to live or a delay that is out of range. */
  | 'wrong-request'
  /** This owner waits for something else already; a transaction does one thing at a time. */
  | 'owner-waits'
  /** The number of this request is in use for another resource or owner. */
  | 'request-in-use'

/** What is emitted under `sessionTopic`, save `changed`, which comes under `resourceTopic` and `allResourcesTopic`. */
export type LockEvent =
  /** What waited is held. */
  | {
      readonly type: 'granted'
      readonly session: LockSessionId
      readonly owner: OwnerName
      readonly request: LockRequest
      readonly resource: ResourceName
      readonly token: FencingToken
    }
  /** What waited waits no more: see the result of the same name. */
  | {
      readonly type: 'deadlock'
      readonly session: LockSessionId
      readonly owner: OwnerName
      readonly request: LockRequest
      readonly resource: ResourceName
      readonly cycle: DeadlockCycle
    }
  /** The session has ended by itself, and all that it had is gone. */
  | { readonly type: 'session-expired'; readonly session: LockSessionId }
  /** Others hold it than before, or their values changed. */
  | { readonly type: 'changed'; readonly resource: ResourceName }
