import type { Entry, Index } from '../../types.ts'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

interface Change {
  readonly who: string
  readonly entry: Entry
  /** Where the configuration before stands; 0 if that is not in the log any more. */
  readonly before: Index
}

/**
 * A leader changes the members only when the configuration before is decided, and something of its own term: without
 * the second, two changes of two leaders can both stand on a majority (thesis §4.1, and the bug found in it in 2015).
 */
export function oneChangeAtATime(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /** Begun in the step that is being checked, which may have decided what they rest upon as well. */
  let begun: Change[] = []
  let decided = 0
  chronicle.watch({
    decides(_record, index) {
      decided = Math.max(decided, index)
    },
    writes({ node, leading, log }, { entries = [] }) {
      let before = (log.entries.findLast(({ kind }) => kind === 'configuration')?.index ?? 0) as Index
      for (const entry of entries) {
        if (entry.kind !== 'configuration') continue
        if (entry.term === leading) begun.push({ who: shortName(node), entry, before })
        before = entry.index
      }
    },
  })
  return {
    sentence: 'A leader changes members one step at a time, after something of its term is decided (thesis §4.1).',
    check() {
      for (const { who, entry, before } of begun) {
        const { index, term } = entry
        if (before > decided) finding.say(`${who} began change ${index} before ${before} was decided`)
        const ofTerm = chronicle.decidedTerms.indexOf(term)
        if (ofTerm !== -1 && ofTerm < index) continue
        finding.say(`${who} began change ${index} before anything of its term, ${term}, was decided`)
      }
      begun = []
      return finding.detail
    },
  }
}
