import type { HashRing } from './hash-ring.ts'
import { wholeSetting } from './setting.ts'

export interface BoundedLoadSettings {
  /** The fullest member stays under this many percent of its fair share. */
  readonly loadPercentMax?: number
}

export const boundedLoadLimits = {
  loadPercentMaxDefault: 125,
  /** Keys of one assignment. */
  keysMax: 1_048_576,
} as const

/**
 * Gives every key to the first of its choices that has room (consistent hashing with bounded loads, Mirrokni, Thorup
 * and Zadimoghaddam 2016). The result depends on the set of keys and the ring alone, not on any order or history, so
 * every machine that knows both comes to the same. No member on an empty ring means an empty result.
 *
 * A member's load stays strictly under `loadPercentMax` of its fair share (the keys times its part of all virtual
 * nodes), except where whole keys leave no choice: the fair share rounded up is always allowed. From a fair share of
 * 4 keys on, the default of 125 % always holds.
 */
export function assignBounded<Id extends string>(
  ring: HashRing<Id>,
  keys: Iterable<string>,
  settings: BoundedLoadSettings = {},
): Map<string, Id> {
  const { loadPercentMaxDefault, keysMax } = boundedLoadLimits
  const percent = wholeSetting(
    'bounded load',
    'loadPercentMax',
    settings.loadPercentMax ?? loadPercentMaxDefault,
    101,
    1_000,
  )
  const ordered = [...new Set(keys)].toSorted((a, b) => (a < b ? -1 : 1))
  wholeSetting('bounded load', 'the number of keys', ordered.length, 0, keysMax)

  const room = roomOf(ring, ordered.length, percent)
  const assigned = new Map<string, Id>()
  for (const key of ordered) {
    const id = ring.ownerWhere(key, (member) => (room.get(member) ?? 0) > 0)
    if (id === undefined) break // Only on a ring without members: the rooms add up to at least the number of keys.
    room.set(id, (room.get(id) ?? 0) - 1)
    assigned.set(key, id)
  }
  return assigned
}

/** How many keys each member may take. Whole numbers under 2^53 throughout, so every machine rounds alike. */
function roomOf<Id extends string>(ring: HashRing<Id>, keys: number, percent: number): Map<Id, number> {
  const total = ring.members.reduce((sum, member) => sum + member.virtualNodes, 0)
  return new Map(
    ring.members.map(({ id, virtualNodes }) => {
      const fair = Math.ceil((keys * virtualNodes) / total)
      const underLimit = Math.ceil((keys * virtualNodes * percent) / (total * 100)) - 1
      return [id, Math.max(fair, underLimit)]
    }),
  )
}
