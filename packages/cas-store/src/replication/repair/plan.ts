import type { NodeId } from '@flotilla/core/ids'
import { ranking } from '../placement/ranking.ts'
import type { CopiesWanted } from '../statements/statement.ts'

/** A member as the planner sees it. */
export interface PlannedMember {
  readonly node: NodeId
  readonly isAlive: boolean
  /** Away for so long that nobody counts on it. */
  readonly isLost: boolean
  /** It keeps what it cannot read; its copies do not count. */
  readonly isUntrusted: boolean
  readonly weight: number
  /** Takes nothing new. */
  readonly isFull: boolean
}

export interface PlanView {
  readonly self: NodeId
  readonly members: readonly PlannedMember[]
  readonly untrustedCopies: number
}

export interface BlobStanding {
  readonly lot: number
  readonly copies: CopiesWanted
  /** Who has all of it, as far as this node knows; itself only if that is so. */
  readonly holders: ReadonlySet<NodeId>
}

/** What this node has to do about a blob. */
export type RepairAction =
  /** Bring it here from whoever has it. */
  | { readonly type: 'fetch' }
  /** Bring it to an untrusted replica, which does not know by itself what it ought to have. */
  | { readonly type: 'send'; readonly to: NodeId }
  /** Give up the own copy, once all of these have confirmed theirs. */
  | { readonly type: 'drop'; readonly keepers: readonly NodeId[] }

export interface BlobPlan {
  readonly actions: readonly RepairAction[]
  /** Trusted nodes that ought to have it, those that have it already among them. */
  readonly targets: readonly NodeId[]
  /** Trusted members alive that have it. */
  readonly living: number
  /** How many there ought to be. */
  readonly wanted: number
  /** Nobody that is alive has it, untrusted replicas included. */
  readonly isOutOfReach: boolean
  /** Copies at living members that ought not to have one. */
  readonly spare: number
}

/**
 * What ought to become of one blob, as this node sees it. Every node makes sure of its own copies only: who ought to
 * have one and has not fetches it, who has one and ought not to gives it up when all who ought to have confirmed
 * theirs. So nobody has to be in charge, and nodes that see things differently make a copy too many at worst.
 */
export function planBlob(blob: BlobStanding, view: PlanView): BlobPlan {
  const { holders } = blob
  const trusted = view.members.filter(({ isUntrusted }) => !isUntrusted)
  const present = trusted.filter(({ isLost }) => !isLost)
  const wanted = blob.copies === 'all' ? present.length : Math.min(blob.copies, present.length)
  const targets = targetsAmong(present, blob, wanted)
  const living = trusted.filter(({ node, isAlive }) => isAlive && holders.has(node))
  const isReachable = view.members.some(({ node, isAlive }) => isAlive && holders.has(node))
  return {
    actions: actionsOf(blob, view, targets, living),
    targets,
    living: living.length,
    wanted,
    isOutOfReach: !isReachable,
    spare: living.filter(({ node }) => !targets.includes(node)).length,
  }
}

/** By rank; who takes nothing new counts only if it has the blob already. */
function targetsAmong(present: readonly PlannedMember[], blob: BlobStanding, wanted: number): readonly NodeId[] {
  const able = present.filter(({ node, isFull }) => !isFull || blob.holders.has(node))
  return ranking(blob.lot, able).slice(0, wanted)
}

function actionsOf(
  blob: BlobStanding,
  view: PlanView,
  targets: readonly NodeId[],
  living: readonly PlannedMember[],
): readonly RepairAction[] {
  const { self } = view
  const { holders } = blob
  const me = view.members.find(({ node }) => node === self)
  if (me === undefined || me.isUntrusted) return []
  if (!holders.has(self)) {
    const canCome = view.members.some(({ node, isAlive }) => node !== self && isAlive && holders.has(node))
    return targets.includes(self) && canCome ? [{ type: 'fetch' }] : []
  }
  return [...sendings(blob, view, living), ...droppings(blob, view, targets)]
}

/** The first living holder by rank sees to untrusted replicas. */
function sendings(blob: BlobStanding, view: PlanView, living: readonly PlannedMember[]): readonly RepairAction[] {
  const untrusted = view.members.filter(({ isUntrusted, isLost }) => isUntrusted && !isLost)
  if (untrusted.length === 0 || ranking(blob.lot, living)[0] !== view.self) return []
  const able = untrusted.filter(({ node, isFull }) => !isFull || blob.holders.has(node))
  const count = blob.copies === 'all' ? able.length : view.untrustedCopies
  const alive = new Set(able.filter(({ isAlive }) => isAlive).map(({ node }) => node))
  return ranking(blob.lot, able)
    .slice(0, count)
    .filter((node) => alive.has(node) && !blob.holders.has(node))
    .map((to) => ({ type: 'send', to }))
}

function droppings(blob: BlobStanding, view: PlanView, targets: readonly NodeId[]): readonly RepairAction[] {
  const { copies, holders } = blob
  if (targets.includes(view.self)) return []
  const alive = new Set(view.members.filter(({ isAlive }) => isAlive).map(({ node }) => node))
  // Fewer keepers than were asked for are no reason to give up one more.
  const areEnough = copies !== 'all' && targets.length >= copies
  if (!areEnough || !targets.every((node) => holders.has(node) && alive.has(node))) return []
  return [{ type: 'drop', keepers: targets }]
}
