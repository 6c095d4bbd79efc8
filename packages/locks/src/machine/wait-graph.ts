import type { WaitEdge } from './commands.ts'
import type { Hold, Owner, Resource, Waiter } from './state.ts'
import { partyOf } from './state.ts'

/**
 * Who waits for whom, as a function of who holds and who stands in which queue: no edge is ever stored, so none can be
 * stale. A waiter waits for those who hold what it cannot share, and for those before it that it cannot share with,
 * since nobody overtakes. For a semaphore it waits for all holders, but any of them that gives up enough will do, so a
 * ring alone proves nothing there. What does: owners of whom none could ever go on even if all others gave up what they
 * have. Without semaphores that is the same as rings and those who wait for them.
 *
 * A deadlock can only come about when somebody begins to wait, and then that one is part of it: whoever is granted
 * something does not wait, and all other changes take edges away. So one search for each new waiter finds all.
 */
export interface Blocker {
  readonly owner: Owner
  /** What it holds; or else it waits before. */
  readonly by: Hold | Waiter
}

/** Stops a search that would take too long. */
export class SearchSteps {
  #left: number

  constructor(stepsMax: number) {
    this.#left = stepsMax
  }

  take(count: number): boolean {
    this.#left -= count
    return this.#left >= 0
  }
}

export function* waitersOf({ upgrades, waiters }: Resource): Generator<Waiter, void, undefined> {
  yield* upgrades
  yield* waiters
}

/** Whom this one waits for: holders first, then those before it. */
export function* blockersOf(waiter: Waiter): Generator<Blocker, void, undefined> {
  const { resource, owner, mode } = waiter
  for (const hold of resource.holders) {
    const isOwn = hold.owner === owner && mode !== 'permits'
    if (!isOwn && !(mode === 'shared' && hold.mode === 'shared')) yield { owner: hold.owner, by: hold }
  }
  for (const before of waitersOf(resource)) {
    if (before === waiter) return
    if (!(mode === 'shared' && before.mode === 'shared')) yield { owner: before.owner, by: before }
  }
}

/** Does anybody wait for what this owner has? If not, no ring goes through it. */
export function isWaitedFor(owner: Owner): boolean {
  for (const { waiters, upgrades } of owner.holds.keys()) {
    if (waiters.size > 0 || upgrades.some((upgrade) => upgrade.owner !== owner)) return true
  }
  return false
}

/**
 * Returns those who wait for each other for ever, if this waiter is one of them; undefined if it is not; and 'too-far'
 * if that takes more steps than allowed.
 */
export function stuckWith(waiter: Waiter, steps: SearchSteps): ReadonlySet<Owner> | undefined | 'too-far' {
  const start = waiter.owner
  const resources = new Set<Resource>([waiter.resource])
  const stuck = new Set<Owner>([start])
  // All that it may wait for, over some edges too many: whole queues, and not only those before.
  let comesBack = false
  for (const resource of resources) {
    if (!steps.take(resource.holders.size + resource.waiters.size + 1)) return 'too-far'
    for (const { owner } of resource.holders) {
      if (owner === start) comesBack = true
      reach(owner, stuck, resources)
    }
    for (const { owner } of waitersOf(resource)) reach(owner, stuck, resources)
  }
  if (!comesBack) return undefined
  for (let hasShrunk = true; hasShrunk;) {
    const sizeBefore = stuck.size
    for (const resource of resources) {
      if (!steps.take(resource.holders.size + resource.waiters.size + 1)) return 'too-far'
      removeThoseWhoCanGoOn(resource, stuck)
      if (!stuck.has(start)) return undefined
    }
    hasShrunk = stuck.size < sizeBefore
  }
  return stuck
}

function reach(owner: Owner, reached: Set<Owner>, resources: Set<Resource>): void {
  if (owner.waiter === undefined) return
  reached.add(owner)
  resources.add(owner.waiter.resource)
}

function removeThoseWhoCanGoOn(resource: Resource, stuck: Set<Owner>): void {
  if (resource.capacity > 0) removeFromSemaphore(resource, stuck)
  else removeFromLock(resource, stuck)
}

function removeFromLock(resource: Resource, stuck: Set<Owner>): void {
  let stuckHolders = 0
  for (const { owner } of resource.holders) if (stuck.has(owner)) stuckHolders++
  const isWriterStuck = resource.writer !== undefined && stuck.has(resource.writer.owner)
  let stuckWritersBefore = 0
  for (const { owner, mode } of waitersOf(resource)) {
    if (!stuck.has(owner)) continue
    const ownHold = owner.holds.has(resource) ? 1 : 0
    // Whoever is stuck before a writer in this queue is so because of a holder, for whom the writer waits as well.
    const isBlocked = mode === 'shared' ? isWriterStuck || stuckWritersBefore > 0 : stuckHolders - ownHold > 0
    if (isBlocked) {
      if (mode === 'exclusive') stuckWritersBefore++
      continue
    }
    stuck.delete(owner)
    stuckHolders -= ownHold
  }
}

function removeFromSemaphore(resource: Resource, stuck: Set<Owner>): void {
  let freeable = resource.capacity
  for (const { owner, permits } of resource.holders) if (stuck.has(owner)) freeable -= permits
  for (const { owner, permits } of resource.waiters) {
    if (!stuck.has(owner)) continue
    if (permits > freeable) return
    stuck.delete(owner)
    freeable += owner.holds.get(resource)?.permits ?? 0
  }
}

/**
 * The shortest ring from this waiter back to itself, among those who are stuck with it. That it holds permits of the
 * semaphore that it waits for itself is a ring too, but the one to be told of only if there is no other.
 */
export function ringThrough(
  waiter: Waiter,
  stuck: ReadonlySet<Owner>,
  steps: SearchSteps,
): readonly Owner[] | 'too-far' | undefined {
  const start = waiter.owner
  let waitsForItself = false
  /** From whom each was reached first; in the order of being reached. */
  const reachedFrom = new Map<Owner, Owner | undefined>([[start, undefined]])
  for (const owner of reachedFrom.keys()) {
    const wants = owner.waiter
    if (wants === undefined) continue
    for (const blocker of blockersOf(wants)) {
      if (!steps.take(1)) return 'too-far'
      if (blocker.owner === owner) waitsForItself ||= owner === start
      else if (blocker.owner === start) return pathTo(owner, reachedFrom)
      else if (stuck.has(blocker.owner) && !reachedFrom.has(blocker.owner)) reachedFrom.set(blocker.owner, owner)
    }
  }
  return waitsForItself ? [start] : undefined
}

function pathTo(last: Owner, reachedFrom: ReadonlyMap<Owner, Owner | undefined>): readonly Owner[] {
  const path: Owner[] = []
  for (let owner: Owner | undefined = last; owner !== undefined; owner = reachedFrom.get(owner)) path.push(owner)
  return path.toReversed()
}

export function edgeOf(waiter: Waiter, { owner, by }: Blocker): WaitEdge {
  const holds = !('type' in by)
  return {
    resource: waiter.resource.name,
    waiter: partyOf(waiter.owner, waiter.mode, waiter.permits),
    blocker: partyOf(owner, by.mode, by.permits),
    blockerHolds: holds,
  }
}
