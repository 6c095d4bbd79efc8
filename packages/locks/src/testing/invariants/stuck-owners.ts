import type { LockStateView, ResourceState, WaiterState } from '../../machine/state-view.ts'
import { ownerKey } from './lock-invariant.ts'

/**
 * Who waits for ever, found by brute force: let everybody who does not wait finish and give up all it has, see who can
 * go on then, let those finish too, and so on; who is left is stuck. Naive on purpose: the machine's own search is
 * compared with it.
 */
export function stuckOwners(resources: LockStateView['resources']): ReadonlySet<string> {
  const stuck = new Set<string>()
  for (const { waiters } of resources.values()) for (const waiter of waiters) stuck.add(ownerKey(waiter))
  let sizeBefore: number
  do {
    sizeBefore = stuck.size
    for (const resource of resources.values()) {
      for (const waiter of resource.waiters) if (canGoOn(resource, waiter, stuck)) stuck.delete(ownerKey(waiter))
    }
  } while (stuck.size < sizeBefore)
  return stuck
}

function canGoOn(resource: ResourceState, waiter: WaiterState, stuck: ReadonlySet<string>): boolean {
  if (blockersIn(resource, waiter).some((blocker) => !blocker.holdsPermits && stuck.has(blocker.key))) return false
  if (waiter.mode !== 'permits') return true
  const kept = resource.holders.filter((holder) => stuck.has(ownerKey(holder)))
  return resource.capacity - kept.reduce((sum, { permits }) => sum + permits, 0) >= waiter.permits
}

export interface BlockerState {
  readonly key: string
  readonly holds: boolean
  readonly holdsPermits: boolean
}

/** Everybody for whom this one waits. */
export function blockersIn(resource: ResourceState, waiter: WaiterState): readonly BlockerState[] {
  const holders = resource.holders
    .filter(({ mode }) => !(mode === 'shared' && waiter.mode === 'shared'))
    .filter((holder) => waiter.mode === 'permits' || ownerKey(holder) !== ownerKey(waiter))
    .map((holder) => ({ key: ownerKey(holder), holds: true, holdsPermits: waiter.mode === 'permits' }))
  const place = resource.waiters.findIndex((each) => ownerKey(each) === ownerKey(waiter))
  const before = resource.waiters
    .slice(0, place)
    .filter(({ mode }) => !(mode === 'shared' && waiter.mode === 'shared'))
    .map((each) => ({ key: ownerKey(each), holds: false, holdsPermits: false }))
  return [...holders, ...before]
}
