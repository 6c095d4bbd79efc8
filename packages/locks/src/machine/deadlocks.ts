import { assert } from '@flotilla/core/errors'
import type { ApplyContext } from '@flotilla/raft'
import type { DeadlockCycle, LockParty, WaitEdge } from './commands.ts'
import { endWaiter } from './granting.ts'
import type { LockTable } from './lock-table.ts'
import { partyOf, type Owner, type Waiter } from './state.ts'
import { blockersOf, edgeOf, isWaitedFor, ringThrough, SearchSteps, stuckWith } from './wait-graph.ts'

/**
 * Sees to it that this new waiter waits for no one who waits for it: the youngest owner of each ring does not wait any
 * more. Returns whether the search came to an end within its limit; if not, the waiter must not stay.
 */
export function breakDeadlocks(table: LockTable, waiter: Waiter, context: ApplyContext): boolean {
  const steps = new SearchSteps(table.limits.searchStepsMax)
  while (waiter.owner.waiter === waiter && isWaitedFor(waiter.owner)) {
    const stuck = stuckWith(waiter, steps)
    if (stuck === undefined) return true
    const ring = stuck === 'too-far' ? stuck : ringThrough(waiter, stuck, steps)
    if (ring === 'too-far') return false
    assert(ring !== undefined, 'who waits for ever waits for itself in the end')
    abort(table, ring, waiter, context)
  }
  return true
}

function abort(table: LockTable, ring: readonly Owner[], newest: Waiter, context: ApplyContext): void {
  const victim = ring.reduce((youngest, owner) => (isYounger(owner, youngest) ? owner : youngest))
  const wanted = victim.waiter
  assert(wanted !== undefined, 'everybody in a ring waits')
  const cycle = cycleOf(ring, table.limits.cycleEdgesMax)
  const { request, resource, mode, permits } = wanted
  table.counts.deadlocks++
  table.deadlocks.push({
    number: table.counts.deadlocks,
    time: table.now,
    victim: partyOf(victim, mode, permits),
    age: victim.age,
    request,
    resource: resource.name,
    cycle,
  })
  if (table.deadlocks.length > table.limits.deadlocksKept) table.deadlocks.shift()
  victim.doom = cycle
  endWaiter(table, wanted)
  if (wanted === newest) return
  const { session, name } = victim
  table.emitToSession(context, {
    type: 'deadlock',
    session: session.id,
    owner: name,
    request,
    resource: resource.name,
    cycle,
  })
}

function isYounger(owner: Owner, other: Owner): boolean {
  if (owner.age !== other.age) return owner.age > other.age
  if (owner.session !== other.session) return owner.session.id > other.session.id
  return owner.name > other.name
}

function cycleOf(ring: readonly Owner[], edgesMax: number): DeadlockCycle {
  const edges: WaitEdge[] = []
  for (const [place, owner] of ring.slice(0, edgesMax).entries()) {
    const next = ring[(place + 1) % ring.length]
    const edge = owner.waiter === undefined ? undefined : edgeTo(owner.waiter, next)
    assert(edge !== undefined, 'each in a ring waits for the next')
    edges.push(edge)
  }
  return { edges, more: ring.length - edges.length }
}

function edgeTo(waiter: Waiter, wanted: Owner | undefined): WaitEdge | undefined {
  for (const blocker of blockersOf(waiter)) if (blocker.owner === wanted) return edgeOf(waiter, blocker)
  return undefined
}

/** `a/1 holds X, waits for Y held by b/2; b/2 holds Y, waits for X held by a/1`: each session with its owner. */
export function cycleText({ edges, more }: DeadlockCycle): string {
  const sentences = edges.map((edge, place) => {
    const before = place > 0 || more === 0 ? edges.at(place - 1) : undefined
    const holds = before?.blockerHolds === true ? ` holds ${before.resource},` : ''
    const relation = edge.blockerHolds ? 'held by' : 'behind'
    return `${partyText(edge.waiter)}${holds} waits for ${edge.resource} ${relation} ${partyText(edge.blocker)}`
  })
  return sentences.join('; ') + (more === 0 ? '' : `; and ${more} more`)
}

function partyText({ name, owner }: LockParty): string {
  return `${name}/${owner}`
}
