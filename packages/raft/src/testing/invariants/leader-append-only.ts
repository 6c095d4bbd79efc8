import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/** Leader Append-Only (Raft figure 3, §5.3). */
export function leaderAppendOnly(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  chronicle.watch({
    writes({ node, leading, log }, { hardState, entries, snapshot }) {
      const term = hardState?.term ?? log.hardState.term
      const first = entries?.[0]
      if (leading === undefined || leading !== term || first === undefined) return
      const last = Math.max(log.lastIndex, snapshot?.index ?? 0)
      if (first.index > last) return
      finding.say(`${shortName(node)} led in term ${term} and put entry ${first.index} in place of one it had`)
    },
  })
  return { sentence: 'A leader only appends to its log (Raft §5.3).', check: () => finding.detail }
}
