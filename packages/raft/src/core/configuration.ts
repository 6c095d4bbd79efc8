import type { NodeId } from '@flotilla/core/ids'
import type { Configuration } from '../types.ts'

/** What a node knows that has never heard of its group: nobody. It waits until a leader makes it a member. */
export const nobody: Configuration = { voters: [], outgoing: [], learners: [] }

/** Two majorities decide while one set of voters takes over from another (Raft §6). */
export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0
}

/** Has it a say? */
export function isVoter({ voters, outgoing }: Configuration, node: NodeId): boolean {
  return voters.includes(node) || outgoing.includes(node)
}

export function isMember(configuration: Configuration, node: NodeId): boolean {
  return isVoter(configuration, node) || configuration.learners.includes(node)
}

/** Everybody who gets the log, once each, sorted. */
export function membersOf({ voters, outgoing, learners }: Configuration): readonly NodeId[] {
  return sorted([...new Set([...voters, ...outgoing, ...learners])])
}

/** Everybody who has a say, once each, sorted. */
export function votersOf({ voters, outgoing }: Configuration): readonly NodeId[] {
  return outgoing.length === 0 ? voters : sorted([...new Set([...voters, ...outgoing])])
}

/** The joint configuration that leads from one to the other, or the other itself where the voters stay the same. */
export function stepTowards(from: Configuration, to: Configuration): Configuration {
  if (sameNodes(from.voters, to.voters)) return { voters: to.voters, outgoing: [], learners: to.learners }
  return { voters: to.voters, outgoing: from.voters, learners: to.learners }
}

/** What comes after a joint configuration. */
export function leaving({ voters, learners }: Configuration): Configuration {
  return { voters, outgoing: [], learners }
}

export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  return sameNodes(a.voters, b.voters) && sameNodes(a.outgoing, b.outgoing) && sameNodes(a.learners, b.learners)
}

/** Why this can be no configuration of a group, as a sentence; undefined if it can. */
export function configurationFault({ voters, outgoing, learners }: Configuration): string | undefined {
  for (const [name, nodes] of [
    ['voters', voters],
    ['outgoing voters', outgoing],
    ['learners', learners],
  ] as const) {
    for (let place = 1; place < nodes.length; place++) {
      const [before, node] = [nodes[place - 1] as NodeId, nodes[place] as NodeId]
      if (before === node) return `${node} is named twice among the ${name}`
      if (before > node) return `the ${name} are not sorted`
    }
  }
  const both = voters.find((voter) => learners.includes(voter))
  if (both !== undefined) return `${both} cannot be voter and learner at once`
  if (voters.length === 0 && (outgoing.length > 0 || learners.length > 0)) return 'a group needs at least one voter'
  return undefined
}

export function sorted(nodes: readonly NodeId[]): readonly NodeId[] {
  return nodes.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node, place) => node === b[place])
}
