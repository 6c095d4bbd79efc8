import type { NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'

/** Somebody who can be given copies. */
export interface Candidate {
  readonly node: NodeId
  /** Over 0: who has twice as much gets twice as many. */
  readonly weight: number
}

/**
 * Who ought to have a blob with that lot, the best first: rendezvous hashing (Thaler, Ravishankar 1998) with weights by
 * the logarithm, so that when somebody comes, goes or changes weight, only what he gains or loses is moved. Everybody
 * who knows the same weights finds the same order.
 *
 * The lot is drawn by who puts the blob rather than taken from its id, because copies are sent while it is being read,
 * when nobody knows the id yet.
 */
export function ranking(lot: number, candidates: readonly Candidate[]): readonly NodeId[] {
  const drawn = candidates.map(({ node, weight }) => ({ node, score: scoreOf(lot, node, weight) }))
  return drawn.toSorted((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1)).map(({ node }) => node)
}

function scoreOf(lot: number, node: NodeId, weight: number): number {
  // Between 0 and 1, neither included.
  const drawn = (textHash(`${lot}/${node}`) + 0.5) / 2 ** 32
  return -weight / Math.log(drawn)
}
