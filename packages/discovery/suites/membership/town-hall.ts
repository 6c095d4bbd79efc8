import type { NodeId } from '@flotilla/core/ids'
import type { Member, MemberMetadata, MembershipEvent } from '../../src/member.ts'
import type { Membership } from '../../src/membership/membership.ts'

/** One life of one member, as the invariants see it. */
export interface Observer {
  readonly name: string
  readonly id: NodeId
  readonly membership: Membership
  /** Those that came since the invariants were checked last. */
  readonly events: MembershipEvent[]
}

/** What everybody did and saw; it outlives every crash. */
export class TownHall {
  /** The present life of each host that runs. */
  readonly observers: Map<string, Observer> = new Map()
  readonly #published = new Map<NodeId, Set<string>>()
  /** What was found to be published once need not be looked up again. */
  readonly #found = new WeakMap<MemberMetadata, NodeId>()

  publish(id: NodeId, metadata: MemberMetadata): MemberMetadata {
    const published = this.#published.get(id) ?? new Set<string>()
    published.add(textOf(metadata))
    this.#published.set(id, published)
    return metadata
  }

  hasPublished({ id, metadata }: Member): boolean {
    if (this.#found.get(metadata) === id) return true
    if (this.#published.get(id)?.has(textOf(metadata)) !== true) return false
    this.#found.set(metadata, id)
    return true
  }
}

function textOf({ name, version, load, addresses }: MemberMetadata): string {
  return JSON.stringify([name, version, load, addresses])
}
