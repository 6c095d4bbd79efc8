import type { LogMillis } from '@flotilla/raft'
import type { DeadlockCycle, HeldMode } from './commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import type { LockTable } from './lock-table.ts'
import type { Hold, Resource, Waiter } from './state.ts'
import { waitersOf } from './wait-graph.ts'

/** The state of a machine as invariants look at it: plain, complete, and its own copy. */
export interface LockStateView {
  readonly now: LogMillis
  readonly lastToken: FencingToken
  readonly sessions: ReadonlyMap<LockSessionId, SessionState>
  readonly resources: ReadonlyMap<ResourceName, ResourceState>
  readonly deadlocks: readonly DeadlockState[]
}

interface SessionState {
  readonly expiresAt: LogMillis
  readonly lockDelayMs: number
}

export interface ResourceState {
  readonly name: ResourceName
  /** 0 of a lock. */
  readonly capacity: number
  /** 0 if it is not delayed. */
  readonly delayedUntil: LogMillis
  readonly holders: readonly HolderState[]
  /** The next one first. */
  readonly waiters: readonly WaiterState[]
}

/** An owner, of whichever session. */
export interface OwnerState {
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly age: OwnerAge
}

export interface HolderState extends OwnerState {
  readonly mode: HeldMode
  readonly token: FencingToken
  readonly permits: number
  readonly value: string
  readonly requests: readonly LockRequest[]
}

export interface WaiterState extends OwnerState {
  readonly mode: HeldMode
  readonly permits: number
  readonly request: LockRequest
}

export interface DeadlockState {
  readonly number: number
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly request: LockRequest
  readonly resource: ResourceName
  readonly cycle: DeadlockCycle
}

export function stateView(table: LockTable): LockStateView {
  const sessions = new Map<LockSessionId, SessionState>()
  for (const { id, expiry, lockDelayMs } of table.sessions.values()) {
    sessions.set(id, { expiresAt: logTime(expiry?.at ?? 0), lockDelayMs })
  }
  const resources = new Map<ResourceName, ResourceState>()
  for (const resource of table.resources.values()) resources.set(resource.name, resourceState(resource))
  const deadlocks = table.deadlocks.map(({ number, victim, request, resource, cycle }) => {
    return { number, session: victim.session, owner: victim.owner, request, resource, cycle }
  })
  return { now: table.now, lastToken: table.lastToken, sessions, resources, deadlocks }
}

function resourceState(resource: Resource): ResourceState {
  const { name, capacity, delay, holders } = resource
  return {
    name,
    capacity,
    delayedUntil: logTime(delay?.at ?? 0),
    holders: Array.from(holders, holderState),
    waiters: Array.from(waitersOf(resource), waiterState),
  }
}

function holderState({ owner, mode, token, permits, value, grants }: Hold): HolderState {
  const { session, name, age } = owner
  const requests = grants.map(({ request }) => request)
  return { session: session.id, owner: name, age, mode, token, permits, value, requests }
}

function waiterState({ owner, mode, permits, request }: Waiter): WaiterState {
  const { session, name, age } = owner
  return { session: session.id, owner: name, age, mode, permits, request }
}

function logTime(at: number): LogMillis {
  return at as LogMillis
}
