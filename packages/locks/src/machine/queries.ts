import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import type { DeadlockCycle, HeldMode, LockParty, WaitEdge } from './commands.ts'

export type LockQuery =
  /** Who holds a key, and who waits for it. */
  | { readonly type: 'resource'; readonly resource: ResourceName }
  /** Keys that begin with `prefix`, in the order of their UTF-16 units, after that one: a page. */
  | { readonly type: 'list'; readonly prefix: string; readonly after?: string; readonly limit: number }
  /** All that a session has, for a client that may have missed an event. */
  | { readonly type: 'session'; readonly session: LockSessionId }
  /** Who waits for whom just now. */
  | { readonly type: 'waits-for'; readonly limit: number }
  /** The deadlocks of late, the last one first. */
  | { readonly type: 'deadlocks'; readonly limit: number }
  | { readonly type: 'counters' }

export type LockAnswer =
  | { readonly type: 'resource'; readonly found: ResourceView }
  /** Nobody holds it or waits for it, and it is not delayed. */
  | { readonly type: 'free' }
  | { readonly type: 'list'; readonly resources: readonly ResourceView[]; readonly more: boolean }
  | { readonly type: 'session'; readonly found: SessionView }
  | { readonly type: 'session-expired' }
  | { readonly type: 'waits-for'; readonly edges: readonly WaitEdge[]; readonly more: boolean }
  | { readonly type: 'deadlocks'; readonly deadlocks: readonly DeadlockView[] }
  | { readonly type: 'counters'; readonly counters: LockCounters }

export interface ResourceView {
  readonly resource: ResourceName
  /** Of a semaphore; 0 of a lock. */
  readonly capacity: number
  readonly holding: number
  readonly waiting: number
  /** The last one that was granted here since the key came into use; 0 before the first. */
  readonly token: FencingToken
  /** Nobody is granted it before so much has passed. */
  readonly delayedMs: number
  /** The first ones, in the order of their grants: `partiesViewedMax`, in a list `partiesListedMax`. */
  readonly holders: readonly HolderView[]
  /** The first ones, the next one first. */
  readonly waiters: readonly WaiterView[]
}

export interface HolderView extends LockParty {
  readonly token: FencingToken
  readonly requests: readonly LockRequest[]
  /** Empty unless it gave one. */
  readonly value: string
  readonly heldMs: number
}

export interface WaiterView extends LockParty {
  readonly request: LockRequest
  readonly waitedMs: number
}

export interface SessionView {
  readonly session: LockSessionId
  readonly name: string
  readonly ttlMs: number
  readonly lockDelayMs: number
  /** Until it expires, on the log's clock. */
  readonly leftMs: number
  readonly requests: readonly RequestView[]
  /** Of the deadlocks kept, those of which a request of this session was the victim. */
  readonly deadlocks: readonly DeadlockView[]
}

export interface RequestView {
  readonly request: LockRequest
  readonly owner: OwnerName
  readonly resource: ResourceName
  readonly mode: HeldMode
  readonly state: 'granted' | 'waiting'
  /** 0 while it waits. */
  readonly token: FencingToken
  readonly age: OwnerAge
}

export interface DeadlockView {
  /** Counts all deadlocks of this machine, from 1 on. */
  readonly number: number
  readonly victim: LockParty
  readonly request: LockRequest
  readonly resource: ResourceName
  readonly cycle: DeadlockCycle
  readonly agoMs: number
}

/** All since the machine began. */
interface LockCounters {
  /** Grants, those on top of a grant of the same owner included. */
  readonly acquisitions: number
  /** Requests that had to wait. */
  readonly waits: number
  /** Requests that were not to wait, and found it busy. */
  readonly refusals: number
  readonly deadlocks: number
  /** Waiting requests withdrawn because they had waited too long, and because they were told to. */
  readonly timeouts: number
  readonly aborts: number
  /** Sessions that expired. */
  readonly expiries: number
  /** At present. */
  readonly sessions: number
  readonly keys: number
  readonly waiting: number
}
