import type { NodeAnswer } from '../running-node/node-answer.ts'

/** What a node says of the groups that it is a member of, or asks. */
export interface RaftState {
  readonly state: string
  readonly notice: string | null
  readonly groups: readonly RaftGroup[]
}

export interface RaftGroup {
  readonly name: string
  readonly role: string
  readonly term: number
  readonly leader: { readonly id: string; readonly name: string } | null
  readonly quiet: boolean
  readonly commit: number
  readonly applied: number
  readonly lastIndex: number
  readonly snapshotIndex: number
  readonly logBytes: number
  readonly sessions: number
  readonly version: number
  readonly members: readonly RaftMember[]
  readonly autopilot: { readonly state: string; readonly reason: string }
}

export interface RaftMember {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly part: string
  readonly leads: boolean
  readonly entriesBehind: number | null
  readonly answers: boolean | null
}

export function readRaft(answer: NodeAnswer): RaftState {
  return {
    state: answer.text('state'),
    notice: answer.optional('notice', () => answer.text('notice')) ?? null,
    groups: answer.list('groups').map(readGroup),
  }
}

function readGroup(group: NodeAnswer): RaftGroup {
  return {
    name: group.text('name'),
    role: group.text('role'),
    term: group.count('term'),
    leader:
      group.optional('leader', () => {
        const leader = group.object('leader')
        return { id: leader.text('id'), name: leader.text('name') }
      }) ?? null,
    quiet: group.flag('quiet'),
    commit: group.count('commit'),
    applied: group.count('applied'),
    lastIndex: group.count('lastIndex'),
    snapshotIndex: group.count('snapshotIndex'),
    logBytes: group.count('logBytes'),
    sessions: group.count('sessions'),
    version: group.count('version'),
    members: group.list('members').map(readMember),
    autopilot: { state: group.object('autopilot').text('state'), reason: group.object('autopilot').text('reason') },
  }
}

function readMember(member: NodeAnswer): RaftMember {
  return {
    id: member.text('id'),
    name: member.text('name'),
    self: member.flag('self'),
    part: member.text('part'),
    leads: member.flag('leads'),
    entriesBehind: member.optional('entriesBehind', () => member.count('entriesBehind')) ?? null,
    answers: member.optional('answers', () => member.flag('answers')) ?? null,
  }
}

/** One line that says which part the node has, for those who look at the node as a whole. */
export function raftText({ state, notice, groups: [group] }: RaftState): string {
  if (state === 'none') return 'in no cluster'
  if (state === 'failed') return `takes no part: ${notice ?? 'its log says why'}`
  if (group === undefined) return notice ?? 'no member of the group, and asks those that are'
  const part = group.members.find(({ self }) => self)?.part ?? 'no member'
  const voters = group.members.filter((member) => member.part === 'voter').length
  const leads = group.leader === null ? 'nobody leads' : `${group.leader.name || group.leader.id} leads`
  return `${part}, ${leads}, voters: ${voters}`
}
