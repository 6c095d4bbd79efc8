import type { NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'

/** How many neighbours to each side everybody has on the ring that keeps the mesh in one piece. */
const ringReach = 2
const hashRange = 2 ** 32
/** Choices vary around what was aimed at, so the aim is a little lower than the places. */
const aim = 0.8

/**
 * Whom to dial of more nodes than there are places for: the neighbours on a ring, and some chosen by a hash of both
 * ids. Two nodes that know the same others choose each other or not, without a word between them.
 */
export function neighbours(self: NodeId, others: readonly NodeId[], places: number): ReadonlySet<NodeId> {
  if (others.length <= places) return new Set(others)
  const ring = [self, ...others].toSorted((one, other) => textHash(one) - textHash(other) || (one < other ? -1 : 1))
  const chosen = new Set<NodeId>()
  const own = ring.indexOf(self)
  for (let step = 1; step <= ringReach && chosen.size < places; step++) {
    for (const place of [own + step, own - step]) chosen.add(ring[(place + ring.length) % ring.length] as NodeId)
  }
  const threshold = ((places - chosen.size) * aim * hashRange) / others.length
  const byHash = others
    .map((id) => ({ id, hash: textHash(self < id ? `${self} ${id}` : `${id} ${self}`) }))
    .filter(({ id, hash }) => hash < threshold && !chosen.has(id))
    .toSorted((one, other) => one.hash - other.hash)
  for (const { id } of byHash.slice(0, Math.max(0, places - chosen.size))) chosen.add(id)
  return chosen
}
