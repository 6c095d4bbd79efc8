import type { LockCommand } from '../../machine/commands.ts'
import type { ResourceState, WaiterState } from '../../machine/state-view.ts'
import { ownerKey, type LockInvariant, type LockStep } from './lock-invariant.ts'

/**
 * Nobody overtakes: who waits on after a step stood before nobody who was granted in it; those who wait on stay in
 * order, and who comes new stands last. Only an owner gets again what it has, and a reader that wants to be alone
 * stands first.
 */
export function firstComeFirstServed(): LockInvariant {
  return {
    name: 'first come, first served',
    check(step) {
      for (const resource of step.after.resources.values()) {
        const earlier = step.before.resources.get(resource.name)
        const wrong = overtaking(resource, earlier) ?? outOfOrder(resource, earlier) ?? jumping(resource, earlier, step)
        if (wrong !== undefined) return `${resource.name}: ${wrong}`
      }
      return undefined
    },
  }
}

function overtaking(resource: ResourceState, earlier: ResourceState | undefined): string | undefined {
  let stillWaiting: WaiterState | undefined
  for (const waiter of earlier?.waiters ?? []) {
    if (resource.waiters.some((each) => isSame(each, waiter))) stillWaiting = waiter
    else if (stillWaiting !== undefined && isGranted(resource, waiter)) {
      return `${ownerKey(waiter)} was granted before ${ownerKey(stillWaiting)}, who stood before it`
    }
  }
  return undefined
}

function outOfOrder(resource: ResourceState, earlier: ResourceState | undefined): string | undefined {
  const formerly = earlier?.waiters ?? []
  const places = resource.waiters.map((waiter) => formerly.findIndex((each) => isSame(each, waiter)))
  const stayed = places.filter((place) => place >= 0)
  if (stayed.some((place, at) => at > 0 && place < (stayed[at - 1] ?? 0))) return 'those who wait changed places'
  const isNewcomer = places.map((place) => place < 0)
  const first = isNewcomer.indexOf(true)
  if (first < 0 || first === places.length - 1) return undefined
  const newcomer = resource.waiters[first]
  const holds = resource.holders.some((each) => newcomer !== undefined && ownerKey(each) === ownerKey(newcomer))
  return holds && first === 0 ? undefined : 'who came last does not stand last'
}

function jumping(
  resource: ResourceState,
  earlier: ResourceState | undefined,
  { command, result }: LockStep,
): string | undefined {
  if (!isAsking(command) || command.resource !== resource.name || result?.type !== 'granted') return undefined
  const asker = ownerKey(command)
  const wasKnown = [...(earlier?.holders ?? [])].some(
    (each) => ownerKey(each) === asker && (command.type === 'acquire' || each.requests.includes(command.request)),
  )
  if (wasKnown || resource.waiters.length === 0) return undefined
  const before = earlier?.waiters.map(ownerKey) ?? []
  const left = resource.waiters.find((each) => before.includes(ownerKey(each)))
  return left === undefined ? undefined : `${asker} was granted at once, though ${ownerKey(left)} waits`
}

function isAsking(command: LockCommand | undefined): command is Extract<LockCommand, { wait: boolean }> {
  return command?.type === 'acquire' || command?.type === 'acquire-permits'
}

function isSame(waiter: WaiterState, other: WaiterState): boolean {
  return waiter.session === other.session && waiter.request === other.request
}

function isGranted({ holders }: ResourceState, { session, request }: WaiterState): boolean {
  return holders.some((holder) => holder.session === session && holder.requests.includes(request))
}
