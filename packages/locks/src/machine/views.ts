import { unreachable } from '@flotilla/core/errors'
import type { LogMillis } from '@flotilla/raft'
import type { WaitEdge } from './commands.ts'
import type { FencingToken } from './ids.ts'
import type { LockTable } from './lock-table.ts'
import type {
  DeadlockView,
  HolderView,
  LockAnswer,
  LockQuery,
  RequestView,
  ResourceView,
  WaiterView,
} from './queries.ts'
import { partyOf, type Deadlock, type Grant, type Hold, type Resource, type Session, type Waiter } from './state.ts'
import { blockersOf, edgeOf, waitersOf } from './wait-graph.ts'

type List = Extract<LockQuery, { type: 'list' }>

/** `time` is that of the log, which may have passed the end of a session since the last command. */
export function answerTo(table: LockTable, query: LockQuery, time: LogMillis): LockAnswer {
  switch (query.type) {
    case 'resource': {
      const found = table.resources.get(query.resource)
      if (found === undefined) return { type: 'free' }
      return { type: 'resource', found: resourceView(table, found, table.limits.partiesViewedMax) }
    }
    case 'list':
      return list(table, query)
    case 'session': {
      const session = table.sessions.get(query.session)
      const leftMs = (session?.expiry?.at ?? 0) - time
      return session === undefined || leftMs <= 0 ? { type: 'session-expired' } : sessionAnswer(table, session, leftMs)
    }
    case 'waits-for':
      return waitsFor(table, query.limit)
    case 'deadlocks': {
      const deadlocks = table.deadlocks.slice(-query.limit).toReversed()
      return { type: 'deadlocks', deadlocks: deadlocks.map((deadlock) => deadlockView(table, deadlock)) }
    }
    case 'counters': {
      const { counts, sessions, resources, waiting } = table
      return { type: 'counters', counters: { ...counts, sessions: sessions.size, keys: resources.size, waiting } }
    }
    default:
      return unreachable(query, 'query')
  }
}

function list(table: LockTable, { prefix, after = '', limit }: List): LockAnswer {
  const found: Resource[] = []
  for (const resource of table.resources.values()) {
    if (resource.name > after && resource.name.startsWith(prefix)) found.push(resource)
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1))
  const resources: ResourceView[] = []
  let bytes = 0
  for (const resource of found) {
    const view = resourceView(table, resource, table.limits.partiesListedMax)
    bytes += bytesOf(view)
    if (resources.length === limit || (bytes > table.limits.listBytesMax && resources.length > 0)) break
    resources.push(view)
  }
  return { type: 'list', resources, more: resources.length < found.length }
}

/** More or less, and rather more. */
function bytesOf({ resource, holders, waiters }: ResourceView): number {
  let bytes = 128 + 3 * resource.length + 512 * waiters.length
  for (const { value, requests } of holders) bytes += 512 + 3 * value.length + 9 * requests.length
  return bytes
}

function resourceView(table: LockTable, resource: Resource, partiesMax: number): ResourceView {
  const { name, capacity, token } = resource
  return {
    resource: name,
    capacity,
    holding: resource.holders.size,
    waiting: resource.waiters.size + resource.upgrades.length,
    token,
    delayedMs: table.delayedMs(resource),
    holders: resource.holders
      .values()
      .take(partiesMax)
      .map((hold) => holderView(table, hold))
      .toArray(),
    waiters: waitersOf(resource)
      .take(partiesMax)
      .map((waiter) => waiterView(table, waiter))
      .toArray(),
  }
}

function holderView(table: LockTable, { owner, mode, permits, token, grants, value, since }: Hold): HolderView {
  const requests = grants.map(({ request }) => request)
  return { ...partyOf(owner, mode, permits), token, requests, value, heldMs: table.now - since }
}

function waiterView(table: LockTable, { owner, mode, permits, request, since }: Waiter): WaiterView {
  return { ...partyOf(owner, mode, permits), request, waitedMs: table.now - since }
}

function sessionAnswer(table: LockTable, session: Session, leftMs: number): LockAnswer {
  const { id, name, ttlMs, lockDelayMs, requests } = session
  const deadlocks = table.deadlocks.filter(({ victim }) => victim.session === id)
  return {
    type: 'session',
    found: {
      session: id,
      name,
      ttlMs,
      lockDelayMs,
      leftMs,
      requests: [...requests.values()].map(requestView).toSorted((a, b) => a.request - b.request),
      deadlocks: deadlocks.map((deadlock) => deadlockView(table, deadlock)),
    },
  }
}

function requestView(standing: Grant | Waiter): RequestView {
  const { request, mode } = standing
  if (standing.type === 'waiter') {
    const { owner, resource } = standing
    const token = 0 as FencingToken
    return { request, owner: owner.name, resource: resource.name, mode, state: 'waiting', token, age: owner.age }
  }
  const { owner, resource, token } = standing.hold
  return { request, owner: owner.name, resource: resource.name, mode, state: 'granted', token, age: owner.age }
}

function waitsFor(table: LockTable, limit: number): LockAnswer {
  const edges: WaitEdge[] = []
  for (const resource of table.resources.values()) {
    for (const waiter of waitersOf(resource)) {
      for (const blocker of blockersOf(waiter)) {
        if (edges.length === limit) return { type: 'waits-for', edges, more: true }
        edges.push(edgeOf(waiter, blocker))
      }
    }
  }
  return { type: 'waits-for', edges, more: false }
}

function deadlockView(table: LockTable, deadlock: Deadlock): DeadlockView {
  const { number, victim, request, resource, cycle, time } = deadlock
  return { number, victim, request, resource, cycle, agoMs: table.now - time }
}
