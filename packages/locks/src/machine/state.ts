import type { Deadline } from '@flotilla/core/machines'
import type { LogMillis } from '@flotilla/raft'
import type { DeadlockCycle, HeldMode, LockParty } from './commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import type { NameTable } from './name-table.ts'
import type { RequestMemory } from './request-memory.ts'

export interface Session {
  readonly id: LockSessionId
  /** In hexadecimal. */
  readonly key: string
  readonly name: string
  readonly ttlMs: number
  readonly lockDelayMs: number
  /** When it expires; it is never found after that. */
  expiry: Deadline<Session> | undefined
  readonly owners: NameTable<OwnerName, Owner>
  /** What is held and what waits: each request of each owner, and each waiter, once. */
  readonly requests: Map<LockRequest, Grant | Waiter>
  /** Those of `requests` that are granted. */
  granted: number
  readonly memory: RequestMemory
}

/** One who holds or waits for something; without either it is forgotten. */
export interface Owner {
  readonly session: Session
  readonly name: OwnerName
  readonly age: OwnerAge
  readonly holds: Map<Resource, Hold>
  waiter: Waiter | undefined
  /** The deadlock of which it was the victim. It gets nothing until it holds nothing. */
  doom: DeadlockCycle | undefined
}

/** What one owner has of one resource. */
export interface Hold {
  readonly owner: Owner
  readonly resource: Resource
  /** Exclusive as long as one of the grants is. */
  mode: HeldMode
  token: FencingToken
  /** Of all grants together; 0 of a lock. */
  permits: number
  value: string
  readonly since: LogMillis
  /** In the order in which they came; not empty. */
  readonly grants: Grant[]
}

export interface Grant {
  readonly type: 'grant'
  readonly request: LockRequest
  readonly hold: Hold
  readonly mode: HeldMode
  readonly permits: number
}

export interface Waiter {
  readonly type: 'waiter'
  readonly request: LockRequest
  readonly owner: Owner
  readonly resource: Resource
  readonly mode: HeldMode
  readonly permits: number
  readonly value: string | undefined
  readonly since: LogMillis
}

export interface Resource {
  readonly name: ResourceName
  /** Of a semaphore; 0 of a lock. */
  readonly capacity: number
  /** Permits that are held. */
  used: number
  /** In the order in which they began to hold. */
  readonly holders: Set<Hold>
  /** The one holder, where it holds exclusively. */
  writer: Hold | undefined
  /**
   * Readers that wait to be alone; they stand before all waiters, as those wait for them anyway. A second one is a
   * deadlock, so there is never more than one between commands.
   */
  readonly upgrades: Waiter[]
  /** In the order in which they came. None of their owners holds this, unless it is a semaphore. */
  waiters: Set<Waiter>
  /** The last one that was granted here; 0 before the first. */
  token: FencingToken
  /** Nobody is granted it before; while there is a holder, it is not in the future. */
  delay: Deadline<Resource> | undefined
}

export interface Deadlock {
  readonly number: number
  readonly time: LogMillis
  readonly victim: LockParty
  readonly age: OwnerAge
  readonly request: LockRequest
  readonly resource: ResourceName
  readonly cycle: DeadlockCycle
}

/** What is counted; the other counters follow from the state. */
export interface Counts {
  acquisitions: number
  waits: number
  refusals: number
  deadlocks: number
  timeouts: number
  aborts: number
  expiries: number
}

export function partyOf(owner: Owner, mode: HeldMode, permits: number): LockParty {
  return { session: owner.session.id, name: owner.session.name, owner: owner.name, mode, permits }
}
