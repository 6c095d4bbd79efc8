import { FlotillaError } from '../errors/index.ts'
import { wholeSetting } from './setting.ts'
import { mixBits, textHash } from './text-hash.ts'

export interface RingMember<Id extends string = string> {
  readonly id: Id
  /** Its share of the keys is its weight out of the sum of all weights. 1 by default. */
  readonly weight?: number
}

/** Every machine that is to agree on owners needs the same settings. */
export interface HashRingSettings {
  /** Points on the ring of a member of weight 1; a share is as exact as its member has points. */
  readonly virtualNodes?: number
  /** Evenly spread in its low 32 bits. Give a keyed one where strangers may choose the keys. */
  readonly hash?: (text: string) => number
}

export interface PlacedMember<Id extends string = string> {
  readonly id: Id
  /** `round(weight * virtualNodes)`, at least 1. */
  readonly virtualNodes: number
}

export const hashRingLimits = {
  /** The least and the greatest weight of one member. */
  weightMin: 0.01,
  weightMax: 1_000,
  /** Points of all members together. */
  pointsMax: 1_048_576,
} as const

/**
 * Each key is looked for at so many places, and the nearest point wins. The load of n points then varies by
 * 1 / sqrt(n * (2 * probes - 1)): at 128 points by 2.3 % with eight probes, where one probe would leave 8.8 %.
 */
const probesPerKey = 8

/**
 * Consistent hashing: says which members own a key, the same on every machine that knows the same members, in whatever
 * order it learned of them. The ring never changes; make a new one when the members do, and then only such keys move as
 * must: to a member that joined or grew, or away from one that left or shrank, never between two others.
 *
 * A key prefers members by their distance: the least way, clockwise, from any of the key's probes to any of the
 * member's points (multi-probe consistent hashing, Appleton and O'Reilly 2015, over virtual nodes). A member's distance
 * depends on nobody else, which is why the others' order never changes.
 */
export class HashRing<Id extends string = string> {
  /** Sorted by id; a member's place here is its rank. */
  readonly members: readonly PlacedMember<Id>[]
  readonly #hash: (text: string) => number
  /** Ascending; those at one position are in order of rank. */
  readonly #positions: Uint32Array
  /** Whose point stands at the same index of `#positions`. */
  readonly #ranks: Uint32Array

  constructor(members: Iterable<RingMember<Id>>, settings: HashRingSettings = {}) {
    const virtualNodes = wholeSetting('hash ring', 'virtualNodes', settings.virtualNodes ?? 128, 1, 4_096)
    this.#hash = settings.hash ?? textHash
    this.members = place(members, virtualNodes)
    const points = sortedPoints(this.members, this.#hash)
    this.#positions = Uint32Array.from(points, (point) => point / hashRingLimits.pointsMax)
    this.#ranks = Uint32Array.from(points, (point) => point % hashRingLimits.pointsMax)
  }

  /** The key's first choice, or undefined on a ring without members. */
  owner(key: string): Id | undefined {
    if (this.members.length === 0) return undefined
    const hashed = this.#hash(key) >>> 0
    let distance = Infinity
    let rank = -1
    for (let probe = 0; probe < probesPerKey; probe++) {
      const from = probePosition(hashed, probe)
      const index = this.#firstFrom(from)
      const reached = ((this.#positions[index] as number) - from) >>> 0
      if (reached > distance || (reached === distance && (this.#ranks[index] as number) > rank)) continue
      distance = reached
      rank = this.#ranks[index] as number
    }
    return this.members[rank]?.id
  }

  /** The `count` first choices of the key, best first, all different; fewer where there are fewer members. */
  owners(key: string, count: number): Id[] {
    const chosen: Id[] = []
    for (const id of this.#preferred(key)) {
      if (chosen.length >= count) break
      chosen.push(id)
    }
    return chosen
  }

  /** The first of the key's choices that is acceptable (has room, is reachable), or undefined if none is. */
  ownerWhere(key: string, acceptable: (id: Id) => boolean): Id | undefined {
    for (const id of this.#preferred(key)) if (acceptable(id)) return id
    return undefined
  }

  /** All members in the key's order of preference: walks from each probe at once, always on to the nearest point. */
  *#preferred(key: string): Generator<Id, void, undefined> {
    const walks = this.#walksFor(key)
    const seen = new Set<number>()
    // No walk goes full circle: whoever did would have met every member, and the loop would be over.
    while (seen.size < this.members.length) {
      const nearest = walks.reduce((best, walk) => (isNearer(walk, best) ? walk : best))
      if (!seen.has(nearest.rank)) {
        seen.add(nearest.rank)
        yield (this.members[nearest.rank] as PlacedMember<Id>).id
      }
      this.#reach(nearest, nearest.index + 1)
    }
  }

  #walksFor(key: string): Walk[] {
    if (this.members.length === 0) return []
    const hashed = this.#hash(key) >>> 0
    return Array.from({ length: probesPerKey }, (_, probe) => {
      const from = probePosition(hashed, probe)
      const walk = { from, index: 0, distance: 0, rank: 0 }
      this.#reach(walk, this.#firstFrom(from))
      return walk
    })
  }

  #reach(walk: Walk, index: number): void {
    walk.index = index === this.#positions.length ? 0 : index
    walk.distance = ((this.#positions[walk.index] as number) - walk.from) >>> 0
    walk.rank = this.#ranks[walk.index] as number
  }

  /** The index of the first point at or after this position, going on from the last point to the first. */
  #firstFrom(position: number): number {
    let low = 0
    let high = this.#positions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#positions[middle] as number) < position) low = middle + 1
      else high = middle
    }
    return low === this.#positions.length ? 0 : low
  }
}

function probePosition(hashed: number, probe: number): number {
  return mixBits(hashed + Math.imul(probe, 0x9e3779b9))
}

/** One probe on its way round the ring. */
interface Walk {
  readonly from: number
  /** The point that it has reached. */
  index: number
  /** From `from` clockwise to that point. */
  distance: number
  /** Whose point it is. */
  rank: number
}

/** At equal distance the lower rank wins, so that the order is the same on every machine. */
function isNearer(walk: Walk, other: Walk): boolean {
  return walk.distance < other.distance || (walk.distance === other.distance && walk.rank < other.rank)
}

function place<Id extends string>(members: Iterable<RingMember<Id>>, virtualNodes: number): PlacedMember<Id>[] {
  const { weightMin, weightMax, pointsMax } = hashRingLimits
  const placed: PlacedMember<Id>[] = []
  let points = 0
  for (const { id, weight = 1 } of members) {
    if (!(weight >= weightMin && weight <= weightMax)) {
      throw wrong(`the weight of ${id} is ${weight}; it must be from ${weightMin} to ${weightMax}`)
    }
    const member = { id, virtualNodes: Math.max(1, Math.round(weight * virtualNodes)) }
    points += member.virtualNodes
    if (points > pointsMax) throw wrong(`there are more than ${pointsMax} virtual nodes; lower virtualNodes or weights`)
    placed.push(member)
  }
  placed.sort((a, b) => (a.id < b.id ? -1 : 1))
  const twice = placed.find((member, rank) => member.id === placed[rank + 1]?.id)
  if (twice !== undefined) throw wrong(`${twice.id} is a member twice; name each member once`)
  return placed
}

function wrong(what: string): FlotillaError {
  return new FlotillaError('wrong-setting', `hash ring: ${what}`)
}

/**
 * Each point as `position * pointsMax + rank`, exact in a double, so that plain numeric order is by position, then
 * rank.
 */
function sortedPoints(members: readonly PlacedMember[], hash: (text: string) => number): Float64Array {
  const points = new Float64Array(members.reduce((sum, member) => sum + member.virtualNodes, 0))
  let index = 0
  for (const [rank, { id, virtualNodes }] of members.entries()) {
    for (let node = 0; node < virtualNodes; node++) {
      // The number comes first, so that two ids which collide at one number do not collide at all of them.
      points[index++] = (hash(`${node}:${id}`) >>> 0) * hashRingLimits.pointsMax + rank
    }
  }
  return points.toSorted()
}
