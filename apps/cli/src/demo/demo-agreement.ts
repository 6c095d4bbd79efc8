import type { RaftState } from '../commands/raft-answer.ts'

/** What one node of the demonstration sees. */
export interface DemoView {
  readonly raft: RaftState
  /** Ids of those that it believes to be up, itself included. */
  readonly alive: readonly string[]
}

/** How far they have come. */
export interface DemoAgreement {
  readonly isComplete: boolean
  /** As the first one sees it. */
  readonly leader: { readonly id: string; readonly name: string } | undefined
  /** Of the nodes of the demonstration, how many have a vote, by the node that sees the fewest. */
  readonly voters: number
  readonly alive: number
}

/** `ids` are those of the demonstration; a cluster may have more nodes, and more voters. */
export function agreementOf(views: readonly DemoView[], ids: readonly string[]): DemoAgreement {
  const groups = views.map(({ raft }) => raft.groups[0])
  const leader = groups[0]?.leader ?? undefined
  const votersOf = (group: (typeof groups)[number]): number => {
    return (group?.members ?? []).filter(({ id, part }) => part === 'voter' && ids.includes(id)).length
  }
  const voters = least(groups.map(votersOf))
  const alive = least(views.map((view) => ids.filter((id) => view.alive.includes(id)).length))
  const isLed = leader !== undefined && groups.every((group) => group?.leader?.id === leader.id)
  return { isComplete: isLed && voters === ids.length && alive === ids.length, leader, voters, alive }
}

function least(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : Math.min(...counts)
}
