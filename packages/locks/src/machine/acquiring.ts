import type { ApplyContext } from '@flotilla/raft'
import type { AcquireCommand, AcquirePermitsCommand, LockParty, LockResult } from './commands.ts'
import { breakDeadlocks } from './deadlocks.ts'
import { canHaveNow, endWaiter, grant, settle, type Asked } from './granting.ts'
import type { LockRequest, OwnerAge } from './ids.ts'
import { refuse, type LockTable } from './lock-table.ts'
import { partyOf, type Grant, type Owner, type Resource, type Session, type Waiter } from './state.ts'
import { waitersOf } from './wait-graph.ts'

type Command = AcquireCommand | AcquirePermitsCommand

/** One request on its way. */
interface Asking {
  readonly table: LockTable
  readonly session: Session
  readonly command: Command
  readonly asked: Asked
  /** Not in the table as long as nobody holds it. */
  readonly resource: Resource
  /** If it has something already, or waits for it. */
  readonly owner: Owner | undefined
  readonly context: ApplyContext
}

export function acquire(table: LockTable, session: Session, command: Command, context: ApplyContext): LockResult {
  const known = session.requests.get(command.request)
  if (known !== undefined) return standingOf(sameAs(known, command))
  if (session.memory.hasCome(command.request)) return endOf(table, session, command.request)
  const owner = session.owners.get(command.owner)
  if (owner?.doom !== undefined) return { type: 'deadlock', cycle: owner.doom, age: owner.age }
  const asked = askedOf(command)
  const resource = resourceOf(table, session, command)
  const asking: Asking = { table, session, command, asked, resource, owner, context }
  if (canHaveNow(table, resource, owner, asked)) return giveNow(asking)
  return command.wait ? wait(asking) : busy(table, resource)
}

function askedOf(command: Command): Asked {
  const { request, value } = command
  if (command.type === 'acquire') return { request, mode: command.mode, permits: 0, value }
  return { request, mode: 'permits', permits: command.permits, value }
}

function resourceOf(table: LockTable, session: Session, command: Command): Resource {
  const { requestsPerSessionMax } = table.limits
  if (session.requests.size >= requestsPerSessionMax) {
    refuse('overloaded', `this session has ${requestsPerSessionMax} requests already (requestsPerSessionMax)`)
  }
  const isSemaphore = command.type === 'acquire-permits'
  if (isSemaphore && command.permits > command.capacity) {
    refuse('wrong-request', `${command.permits} permits are wanted of a semaphore that has ${command.capacity}`)
  }
  const wanted = isSemaphore ? command.capacity : 0
  const resource = table.resources.get(command.resource) ?? table.newResource(command.resource, wanted)
  if (resource.capacity === wanted) return resource
  const hint = 'all who use one key have to agree about it, or it has to be out of use for a moment'
  return refuse(
    'wrong-kind',
    `${resource.name} is in use as ${kindOf(resource.capacity)}, not as ${kindOf(wanted)}`,
    hint,
  )
}

function kindOf(capacity: number): string {
  return capacity === 0 ? 'a lock' : `a semaphore with ${capacity} permits`
}

function giveNow({ table, session, command, asked, resource, owner: found, context }: Asking): LockResult {
  const { holdersPerKeyMax, grantsPerHoldMax } = table.limits
  const held = found?.holds.get(resource)
  if (held === undefined && resource.holders.size >= holdersPerKeyMax) {
    refuse('overloaded', `${holdersPerKeyMax} hold ${resource.name} already (holdersPerKeyMax)`)
  }
  if (held !== undefined && held.grants.length >= grantsPerHoldMax) {
    refuse('overloaded', `this owner holds ${resource.name} ${grantsPerHoldMax} times already (grantsPerHoldMax)`)
  }
  const owner = found ?? table.newOwner(session, command.owner, ageOf(command, context))
  if (!table.resources.has(resource.name)) table.resources.add(resource.name, resource)
  const hold = grant(table, resource, owner, asked)
  return { type: 'granted', token: hold.token, holds: hold.grants.length, age: owner.age }
}

function wait({ table, session, command, asked, resource, owner: found, context }: Asking): LockResult {
  const { waitersPerKeyMax } = table.limits
  const waitsFor = found?.waiter?.resource.name
  if (waitsFor !== undefined) {
    const hint = 'let it ask for one thing after the other, or give different owners to what runs at the same time'
    refuse('owner-waits', `${command.owner} waits for ${waitsFor} already`, hint)
  }
  if (resource.waiters.size >= waitersPerKeyMax) {
    refuse('overloaded', `${waitersPerKeyMax} wait for ${resource.name} already (waitersPerKeyMax)`)
  }
  const owner = found ?? table.newOwner(session, command.owner, ageOf(command, context))
  const waiter: Waiter = { type: 'waiter', ...asked, owner, resource, since: table.now }
  table.enqueue(waiter)
  if (!breakDeadlocks(table, waiter, context)) {
    endWaiter(table, waiter)
    refuse('overloaded', `too many wait for each other to look for a deadlock around ${resource.name} (searchStepsMax)`)
  }
  session.memory.come(asked.request)
  table.counts.waits++
  settle(table, context)
  const standing = session.requests.get(asked.request)
  if (standing === undefined) return endOf(table, session, asked.request)
  if (standing.type === 'waiter' && resource.upgrades.length === 0) {
    return { type: 'waiting', ahead: resource.waiters.size - 1, age: owner.age }
  }
  return standingOf(standing)
}

function ageOf(command: Command, context: ApplyContext): OwnerAge {
  // A transaction that is tried again may bring its former age; nobody gets one that is still to come.
  return Math.min(command.age ?? context.index, context.index) as OwnerAge
}

/** How a request that is known stands now. */
function standingOf(standing: Grant | Waiter): LockResult {
  if (standing.type === 'grant') {
    const { owner, token, grants } = standing.hold
    return { type: 'granted', token, holds: grants.length, age: owner.age }
  }
  let ahead = 0
  for (const before of waitersOf(standing.resource)) {
    if (before === standing) break
    ahead++
  }
  return { type: 'waiting', ahead, age: standing.owner.age }
}

/** What became of a request that has come and is over. */
function endOf(table: LockTable, session: Session, request: LockRequest): LockResult {
  const deadlock = table.deadlocks.findLast((each) => each.victim.session === session.id && each.request === request)
  return deadlock === undefined ? { type: 'ended' } : { type: 'deadlock', cycle: deadlock.cycle, age: deadlock.age }
}

function busy(table: LockTable, resource: Resource): LockResult {
  table.counts.refusals++
  const holders: LockParty[] = []
  for (const hold of resource.holders) {
    if (holders.length === table.limits.partiesListedMax) break
    holders.push(partyOf(hold.owner, hold.mode, hold.permits))
  }
  const waiting = resource.waiters.size + resource.upgrades.length
  return { type: 'busy', holders, waiting, delayedMs: table.delayedMs(resource) }
}

/** The same number has to mean the same thing. */
function sameAs(known: Grant | Waiter, command: Command): Grant | Waiter {
  const { owner, resource } = known.type === 'grant' ? known.hold : known
  if (owner.name === command.owner && resource.name === command.resource) return known
  const hint = 'a session numbers its requests, each with another number'
  return refuse('request-in-use', `request ${command.request} is about ${resource.name} of ${owner.name}`, hint)
}
