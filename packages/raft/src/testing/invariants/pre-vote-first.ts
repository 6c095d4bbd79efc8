import type { NodeId } from '@flotilla/core/ids'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { configurationsOf } from './configurations-of.ts'
import { shortName } from './log-record.ts'

/**
 * Nobody begins a term before a majority has said that it would vote for it, but whom the leader has asked to: so a
 * node that was cut off disturbs nobody when it comes back (thesis §9.6). The configuration may have changed since.
 */
export function preVoteFirst(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /** Who said that he would vote for that node in that term. */
  const granted = new Map<string, Set<NodeId>>()
  chronicle.watch({
    says(record, to, message) {
      if (message.type === 'pre-vote-answer' && message.granted) {
        const question = `${to} ${message.term}`
        const answers = granted.get(question) ?? new Set<NodeId>()
        granted.set(question, answers.add(record.node))
      }
      if (message.type !== 'vote' || message.transfer) return
      const answers = granted.get(`${record.node} ${message.term}`)
      const agrees = (voter: NodeId): boolean => voter === record.node || answers?.has(voter) === true
      const enough = (voters: readonly NodeId[]): boolean => voters.filter(agrees).length > voters.length / 2
      if (configurationsOf(chronicle, record.log).some(({ voters }) => enough(voters))) return
      finding.say(`${shortName(record.node)} called an election in term ${message.term} that no majority had agreed to`)
    },
  })
  return {
    sentence: 'Nobody calls an election that a majority would not take part in (thesis §9.6).',
    check: () => finding.detail,
  }
}
