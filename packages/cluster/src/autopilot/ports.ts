import type { NodeId } from '@flotilla/core/ids'

/** Somebody who is, or was, in the cluster. */
export interface AutopilotMember {
  readonly id: NodeId
  /**
   * - `suspect`: it may be away; it is not counted upon, and not blamed either.
   * - `left`: it has said good-bye, perhaps only to be started again.
   * - `removed`: it is out for good, or what it is allowed to be does not include a voter.
   */
  readonly status: 'alive' | 'suspect' | 'dead' | 'left' | 'removed'
}

/** Who decides in a group, and who listens. */
export interface GroupMembers {
  readonly voters: readonly NodeId[]
  readonly learners: readonly NodeId[]
}

/** What a raft group says of itself; `Group` of `@flotilla/raft` is one. */
export interface AutopilotGroup {
  status(): AutopilotStatus
  changeMembers(
    wanted: GroupMembers,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<void>
}

export interface AutopilotStatus {
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  /** `outgoing` is not empty while one configuration gives way to another. */
  readonly configuration: GroupMembers & { readonly outgoing: readonly NodeId[] }
  /** Nothing is going on, so nobody has to answer, and who is `active` says nothing. */
  readonly quiet: boolean
  /** Of the other members, where this node leads. */
  readonly members: readonly FollowerStatus[]
}

export interface FollowerStatus {
  readonly id: NodeId
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly entriesBehind: number
  /** It has answered of late. */
  readonly active: boolean
}
