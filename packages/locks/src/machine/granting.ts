import { assert } from '@flotilla/core/errors'
import type { ApplyContext } from '@flotilla/raft'
import type { HeldMode } from './commands.ts'
import type { LockRequest } from './ids.ts'
import type { LockTable } from './lock-table.ts'
import type { Grant, Hold, Owner, Resource, Waiter } from './state.ts'

/** What is asked for, whether it has to wait or not. */
export interface Asked {
  readonly request: LockRequest
  readonly mode: HeldMode
  readonly permits: number
  readonly value: string | undefined
}

/** May this owner have it at once, before all who wait? */
export function canHaveNow(table: LockTable, resource: Resource, owner: Owner | undefined, asked: Asked): boolean {
  if (table.delayedMs(resource) > 0) return false
  const { holders, waiters, upgrades, writer } = resource
  if (asked.mode === 'permits') return waiters.size === 0 && resource.used + asked.permits <= resource.capacity
  // What an owner has it may have again, whoever waits: it would wait for itself otherwise.
  const hold = owner?.holds.get(resource)
  if (hold !== undefined) return asked.mode === 'shared' || hold.mode === 'exclusive' || holders.size === 1
  if (waiters.size > 0 || upgrades.length > 0) return false
  return holders.size === 0 || (asked.mode === 'shared' && writer === undefined)
}

export function grant(table: LockTable, resource: Resource, owner: Owner, asked: Asked): Hold {
  const { request, mode, permits } = asked
  const { session } = owner
  const hold = owner.holds.get(resource) ?? newHold(table, resource, owner, mode)
  if (mode === 'exclusive' && hold.mode === 'shared') {
    hold.mode = mode
    hold.token = table.drawToken()
  }
  if (mode === 'exclusive') resource.writer = hold
  const given: Grant = { type: 'grant', request, hold, mode, permits }
  hold.grants.push(given)
  hold.permits += permits
  resource.used += permits
  if (asked.value !== undefined) hold.value = asked.value
  session.requests.set(request, given)
  session.granted++
  session.memory.come(request)
  table.counts.acquisitions++
  resource.token = hold.token
  table.touch(resource, true)
  return hold
}

function newHold(table: LockTable, resource: Resource, owner: Owner, mode: HeldMode): Hold {
  const joinsReaders = mode === 'shared' && resource.holders.size > 0
  const token = joinsReaders ? resource.token : table.drawToken()
  const hold: Hold = { owner, resource, mode, token, permits: 0, value: '', since: table.now, grants: [] }
  owner.holds.set(resource, hold)
  resource.holders.add(hold)
  return hold
}

/** Takes a grant away; what the owner has besides of the same lock it keeps, perhaps in a weaker mode. */
export function endGrant(table: LockTable, ended: Grant): void {
  const { hold, request, permits } = ended
  const { owner, resource, grants } = hold
  owner.session.requests.delete(request)
  owner.session.granted--
  grants.splice(grants.indexOf(ended), 1)
  hold.permits -= permits
  resource.used -= permits
  table.touch(resource, true)
  if (grants.length === 0) endHold(table, hold)
  else if (hold.mode === 'exclusive' && !grants.some(({ mode }) => mode === 'exclusive')) {
    hold.mode = 'shared'
    resource.writer = undefined
    hold.token = table.drawToken()
    resource.token = hold.token
  }
}

/** Takes away all grants of one owner on one resource. */
export function dropHold(table: LockTable, hold: Hold): void {
  const { owner, resource, grants } = hold
  for (const { request } of grants) owner.session.requests.delete(request)
  owner.session.granted -= grants.length
  resource.used -= hold.permits
  table.touch(resource, true)
  endHold(table, hold)
}

function endHold(table: LockTable, hold: Hold): void {
  const { owner, resource } = hold
  owner.holds.delete(resource)
  resource.holders.delete(hold)
  if (resource.writer === hold) resource.writer = undefined
  const [upgrade] = resource.upgrades
  if (upgrade?.owner === owner) {
    // It gave up what it wanted to upgrade: it waits on as anybody does, before those who waited for it already.
    resource.upgrades.shift()
    resource.waiters = new Set([upgrade, ...resource.waiters])
  }
  table.forgetIfIdle(owner)
}

/** Takes a request out of its queue, and forgets it. */
export function endWaiter(table: LockTable, waiter: Waiter): void {
  leaveQueue(table, waiter)
  waiter.owner.session.requests.delete(waiter.request)
  table.touch(waiter.resource, false)
  table.forgetIfIdle(waiter.owner)
}

function leaveQueue(table: LockTable, waiter: Waiter): void {
  const { owner, resource } = waiter
  owner.waiter = undefined
  table.waiting--
  if (resource.waiters.delete(waiter)) return
  const place = resource.upgrades.indexOf(waiter)
  assert(place >= 0, 'a waiter stands in a queue')
  resource.upgrades.splice(place, 1)
}

/** Grants what can be granted where something has changed, in the order of names, and tells of it. */
export function settle(table: LockTable, context: ApplyContext): void {
  const { touched } = table
  if (touched.size === 0) return
  const resources = [...touched.keys()]
  if (resources.length > 1) resources.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const resource of resources) grantWaiting(table, resource, context)
  for (const resource of resources) {
    if (touched.get(resource) === true) table.emitChanged(context, resource.name)
    table.forgetIfUnused(resource)
  }
  touched.clear()
}

function grantWaiting(table: LockTable, resource: Resource, context: ApplyContext): void {
  for (let next = nextToGrant(table, resource); next !== undefined; next = nextToGrant(table, resource)) {
    leaveQueue(table, next)
    const { owner, request } = next
    const { token } = grant(table, resource, owner, next)
    table.emitToSession(context, {
      type: 'granted',
      session: owner.session.id,
      owner: owner.name,
      request,
      resource: resource.name,
      token,
    })
  }
}

function nextToGrant(table: LockTable, resource: Resource): Waiter | undefined {
  const { holders, waiters, upgrades, writer } = resource
  if (table.delayedMs(resource) > 0) return undefined
  if (upgrades.length > 0) return holders.size === 1 ? upgrades[0] : undefined
  const first = waiters.size === 0 ? undefined : (waiters.values().next().value as Waiter)
  if (first === undefined) return undefined
  const isFree =
    first.mode === 'permits'
      ? resource.used + first.permits <= resource.capacity
      : holders.size === 0 || (first.mode === 'shared' && writer === undefined)
  return isFree ? first : undefined
}
