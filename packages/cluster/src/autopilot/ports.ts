import type { NodeId } from '@flotilla/core/ids'
import type { Group, GroupStatus, MemberStatus } from '@flotilla/raft'

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

/** What the autopilot needs of a raft group. */
export interface AutopilotGroup extends Pick<Group<never, never, never, never>, 'changeMembers'> {
  status(): AutopilotStatus
}

export type AutopilotStatus = Pick<GroupStatus, 'role' | 'configuration' | 'quiet'> & {
  /** Of the other members, where this node leads. While the group is quiet nobody has to answer, `active` or not. */
  readonly members: readonly Pick<MemberStatus, 'id' | 'state' | 'entriesBehind' | 'active'>[]
}
