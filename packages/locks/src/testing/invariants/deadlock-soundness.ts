import type { LockCommand, WaitEdge } from '../../machine/commands.ts'
import type { OwnerAge } from '../../machine/ids.ts'
import type { DeadlockState, LockStateView, ResourceState, WaiterState } from '../../machine/state-view.ts'
import { ownerKey, type LockInvariant, type LockStep } from './lock-invariant.ts'
import { blockersIn, stuckOwners } from './stuck-owners.ts'

type Resources = LockStateView['resources']
type Asking = Extract<LockCommand, { type: 'acquire' | 'acquire-permits' }>

/**
 * Each reported deadlock was one: in the moment in which its last waiter came, all in the ring waited, each for the
 * next, for ever; and the youngest of them stopped waiting.
 */
export function deadlockSoundness(): LockInvariant {
  return {
    name: 'deadlock soundness',
    check(step) {
      const { before, after, command } = step
      const last = before.deadlocks.at(-1)?.number ?? 0
      const reported = after.deadlocks.filter(({ number }) => number > last)
      if (reported.length === 0) return undefined
      if (command?.type !== 'acquire' && command?.type !== 'acquire-permits') {
        return `a deadlock is reported when nobody began to wait, by ${command?.type ?? 'the passing of time'}`
      }
      let resources = withWaiter(before.resources, command, step)
      for (const deadlock of reported) {
        const wrong = wrongIn(deadlock, resources)
        if (wrong !== undefined) return `deadlock ${deadlock.number}: ${wrong}`
        resources = withoutWaiter(resources, deadlock)
      }
      return undefined
    },
  }
}

function wrongIn({ cycle, session, owner }: DeadlockState, resources: Resources): string | undefined {
  const stuck = stuckOwners(resources)
  const victim = ownerKey({ session, owner })
  let youngest = 0 as OwnerAge
  let victimAge: OwnerAge | undefined
  for (const [place, edge] of cycle.edges.entries()) {
    const next = cycle.edges[place + 1] ?? (cycle.more === 0 ? cycle.edges[0] : undefined)
    if (next !== undefined && ownerKey(edge.blocker) !== ownerKey(next.waiter)) return 'it is no ring'
    if (!stuck.has(ownerKey(edge.waiter))) return `${ownerKey(edge.waiter)} is not stuck`
    const waiter = waiterOf(resources, edge)
    if (waiter === undefined) return `${ownerKey(edge.waiter)} does not wait for ${edge.resource}`
    if (!isBlockedAs(resources, edge, waiter)) {
      return `${ownerKey(edge.waiter)} does not wait for ${ownerKey(edge.blocker)}`
    }
    if (waiter.age > youngest) youngest = waiter.age
    if (ownerKey(waiter) === victim) victimAge = waiter.age
  }
  if (cycle.more > 0) return stuck.has(victim) ? undefined : `the victim ${victim} was not stuck`
  if (victimAge === undefined) return `the victim ${victim} is not in the ring`
  return victimAge === youngest ? undefined : `the victim ${victim} is older than another`
}

function waiterOf(resources: Resources, { resource, waiter }: WaitEdge): WaiterState | undefined {
  return resources.get(resource)?.waiters.find((each) => ownerKey(each) === ownerKey(waiter))
}

function isBlockedAs(resources: Resources, edge: WaitEdge, waiter: WaiterState): boolean {
  const resource = resources.get(edge.resource)
  if (resource === undefined) return false
  const key = ownerKey(edge.blocker)
  return blockersIn(resource, waiter).some((each) => each.key === key && each.holds === edge.blockerHolds)
}

/** As it stood when the command had just begun to wait. */
function withWaiter(resources: Resources, command: Asking, { context }: LockStep): Resources {
  const resource = resources.get(command.resource)
  if (resource === undefined) return resources
  const { session, owner, request } = command
  const isPermits = command.type === 'acquire-permits'
  const waiter: WaiterState = {
    session,
    owner,
    request,
    age: ageIn(resources, command) ?? (Math.min(command.age ?? context.index, context.index) as OwnerAge),
    mode: isPermits ? 'permits' : command.mode,
    permits: isPermits ? command.permits : 0,
  }
  const isUpgrade = !isPermits && resource.holders.some((each) => ownerKey(each) === ownerKey(command))
  const others = resource.waiters
  return replaced(resources, {
    ...resource,
    waiters: isUpgrade ? insertUpgrade(resource, waiter) : [...others, waiter],
  })
}

/** Before all but those who want to be alone already. */
function insertUpgrade({ holders, waiters }: ResourceState, waiter: WaiterState): readonly WaiterState[] {
  const isUpgrade = (each: WaiterState): boolean => holders.some((holder) => ownerKey(holder) === ownerKey(each))
  return [...waiters.filter(isUpgrade), waiter, ...waiters.filter((each) => !isUpgrade(each))]
}

function ageIn(resources: Resources, { session, owner }: Asking): OwnerAge | undefined {
  const key = ownerKey({ session, owner })
  for (const { holders, waiters } of resources.values()) {
    const found = [...holders, ...waiters].find((each) => ownerKey(each) === key)
    if (found !== undefined) return found.age
  }
  return undefined
}

function withoutWaiter(resources: Resources, { resource: name, session, request }: DeadlockState): Resources {
  const resource = resources.get(name)
  if (resource === undefined) return resources
  const waiters = resource.waiters.filter((each) => each.session !== session || each.request !== request)
  return replaced(resources, { ...resource, waiters })
}

function replaced(resources: Resources, resource: ResourceState): Resources {
  return new Map([...resources, [resource.name, resource]])
}
