import type { NodeId } from '@flotilla/core/ids'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/** Election Safety (Raft figure 3, §5.2). */
export function electionSafety(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  const leaders = new Map<number, NodeId>()
  chronicle.watch({
    leads({ node }, term) {
      const other = leaders.get(term)
      if (other !== undefined && other !== node) {
        finding.say(`${shortName(other)} and ${shortName(node)} both led in term ${term}`)
      }
      leaders.set(term, node)
    },
  })
  return { sentence: 'A term has at most one leader (Raft §5.2).', check: () => finding.detail }
}
