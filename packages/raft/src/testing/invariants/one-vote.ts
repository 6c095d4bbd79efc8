import type { NodeId } from '@flotilla/core/ids'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName, type LogRecord } from './log-record.ts'

/** The half of election safety that lies with each voter, over all of its lives (Raft figure 2, §5.2). */
export function oneVote(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  const votes = new Map<string, NodeId>()
  const see = (node: NodeId, { term, vote }: LogRecord['hardState']): void => {
    if (vote === undefined) return
    const other = votes.get(`${node} ${term}`)
    votes.set(`${node} ${term}`, vote)
    if (other === undefined || other === vote) return
    finding.say(`${shortName(node)} voted in term ${term} for ${shortName(other)}, then for ${shortName(vote)}`)
  }
  chronicle.watch({
    begins({ node }, { hardState }) {
      see(node, hardState)
    },
    // A vote counts for others from when it is durable; one that a crash took was told to nobody.
    written({ node, durable }) {
      see(node, durable.hardState)
    },
    writes({ node, log }, { hardState }) {
      if (hardState === undefined || hardState.term >= log.hardState.term) return
      finding.say(`${shortName(node)} went back from term ${log.hardState.term} to ${hardState.term}`)
    },
  })
  return {
    sentence: 'A voter has one vote in each term, and its term never goes back (Raft §5.2).',
    check: () => finding.detail,
  }
}
