import type { NodeId } from '@flotilla/core/ids'

/** What decides between two connections of the same two nodes. */
export interface Contender {
  /** The life of the far process, as text. */
  readonly life: string
  readonly dialledHere: boolean
}

/**
 * Whether a new connection takes the place of the one that is open. Both ends decide by the same rule: a new life of
 * the far process wins; of two that the same end dialled the newer one wins, as that end would not have dialled while
 * the older one was of use; of two that were dialled crosswise the one wins that the lower id dialled.
 */
export function newcomerWins(self: NodeId, peer: NodeId, open: Contender, newcomer: Contender): boolean {
  if (newcomer.life !== open.life || newcomer.dialledHere === open.dialledHere) return true
  return newcomer.dialledHere === self < peer
}
