import { compareHybrid, hybridTime, type HybridTime, type WallMillis } from '@flotilla/core/time'
import type { NodeId } from '@flotilla/core/ids'

const counterMax = 0xffff
const wallMsMax = 2 ** 48 - 1

/**
 * The moment of a new statement: what the calendar says, or the next one after `known`, which is the stamp of what is
 * known about that key. So whoever knows a statement can always say something newer, however wrong the clocks are, and
 * one clock that is ahead does not take the stamps of all other keys with it, as one hybrid clock for all would.
 */
export function stampAfter(known: HybridTime | undefined, wallNow: WallMillis): HybridTime {
  const wallMs = Math.min(Math.max(Math.floor(wallNow), 0), wallMsMax)
  const now = hybridTime(wallMs, 0)
  if (known === undefined || compareHybrid(now, known) > 0) return now
  if (known.counter < counterMax) return hybridTime(known.wallMs, known.counter + 1)
  return hybridTime(Math.min(known.wallMs + 1, wallMsMax), 0)
}

/** Under 0 when `a` is to give way to `b`, 0 when they are the same statement. */
export function compareRank(
  a: { readonly stamp: string; readonly author: NodeId },
  b: { readonly stamp: string; readonly author: NodeId },
): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1
  if (a.author === b.author) return 0
  return a.author < b.author ? -1 : 1
}
