import type { AutopilotReport } from '@flotilla/cluster'
import type { NodeId } from '@flotilla/core/ids'
import type { GroupStatus } from '@flotilla/raft'
import type { GroupEntry, GroupMemberEntry } from './lock-answers.ts'

export interface GroupView {
  readonly self: NodeId
  readonly status: GroupStatus
  readonly autopilot: AutopilotReport
  readonly nameOf: (id: NodeId) => string
}

export function groupEntry({ self, status, autopilot, nameOf }: GroupView): GroupEntry {
  const { voters, outgoing, learners } = status.configuration
  const followers = new Map(status.members.map((follower) => [follower.id, follower]))
  const member =
    (part: GroupMemberEntry['part']) =>
    (id: NodeId): GroupMemberEntry => {
      const follower = followers.get(id)
      return {
        id,
        name: nameOf(id),
        self: id === self,
        part,
        leads: id === status.leader,
        entriesBehind: follower?.entriesBehind ?? null,
        answers: follower?.active ?? null,
      }
    }
  const leaving = outgoing.filter((id) => !voters.includes(id) && !learners.includes(id))
  return {
    name: status.name,
    role: status.role,
    term: status.term,
    leader: status.leader === undefined ? null : { id: status.leader, name: nameOf(status.leader) },
    quiet: status.quiet,
    commit: status.commit,
    applied: status.applied,
    lastIndex: status.lastIndex,
    snapshotIndex: status.snapshotIndex,
    logBytes: status.logBytes,
    sessions: status.sessions,
    version: status.version,
    members: [...voters.map(member('voter')), ...learners.map(member('learner')), ...leaving.map(member('leaving'))],
    autopilot,
  }
}
