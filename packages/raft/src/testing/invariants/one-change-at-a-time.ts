import { decodeConfiguration } from '../../core/configuration-codec.ts'
import type { Entry } from '../../types.ts'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/**
 * A leader changes the members only when the configuration before is decided, and something of its own term: without
 * the second, two changes of two leaders can both stand on a majority (thesis §4.1, and the bug found in it in 2015).
 */
export function oneChangeAtATime(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  let decided = 0
  chronicle.watch({
    decides(_record, index) {
      decided = Math.max(decided, index)
    },
    writes(record, { entries = [] }) {
      for (const entry of entries) {
        if (entry.kind !== 'configuration' || entry.term !== record.leading) continue
        const before = record.log.entries.findLast(({ index, kind }) => kind === 'configuration' && index < entry.index)
        if (before !== undefined && before.index > decided) {
          finding.say(`${shortName(record.node)} began change ${shown(entry)} before ${shown(before)} was decided`)
        }
        const ofTerm = chronicle.decidedTerms.findIndex((term) => term === entry.term)
        if (ofTerm !== -1 && ofTerm < entry.index) continue
        finding.say(`${shortName(record.node)} began change ${shown(entry)} before anything of its term was decided`)
      }
    },
  })
  return {
    sentence: 'A leader changes members one step at a time, after something of its term is decided (thesis §4.1).',
    check: () => finding.detail,
  }
}

function shown(entry: Entry): string {
  return `${entry.index} of term ${entry.term} to ${decodeConfiguration(entry.data).voters.length} voters`
}
