import type { NodeId } from '@flotilla/core/ids'
import { Finding, type Chronicle, type MemberRecord, type RaftInvariant } from './chronicle.ts'
import { configurationsOf } from './configurations-of.ts'
import { shortName } from './log-record.ts'

/**
 * Who leads has the durable votes of a majority of the configuration in its own log, and of both majorities while that
 * is joint (Raft §5.2, §6).
 */
export function electedByMajority(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /** Whom each node voted for, durably, by term. */
  const votes = new Map<number, Map<NodeId, NodeId>>()
  const see = ({ node, durable }: MemberRecord): void => {
    const { term, vote } = durable.hardState
    if (vote === undefined) return
    let given = votes.get(term)
    if (given === undefined) votes.set(term, (given = new Map<NodeId, NodeId>()))
    given.set(node, vote)
  }
  chronicle.watch({
    begins: see,
    written: see,
    leads(record, term) {
      const given = votes.get(term)
      const agrees = (voters: readonly NodeId[]): boolean =>
        voters.filter((voter) => given?.get(voter) === record.node).length > voters.length / 2
      const { voters, outgoing } = configurationsOf(chronicle, record.log).at(-1) ?? chronicle.beginning
      if (agrees(voters) && (outgoing.length === 0 || agrees(outgoing))) return
      finding.say(`${shortName(record.node)} leads in term ${term} without the votes of a majority`)
    },
  })
  return { sentence: 'Who leads was elected by a majority (Raft §5.2, §6).', check: () => finding.detail }
}
