import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/** Leader Completeness (Raft figure 3, §5.4). */
export function leaderCompleteness(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /**
   * In which term an entry was known to be decided first, by index. It may have been decided in an earlier one, so the
   * rule is checked for fewer leaders than it holds for, and never for one too many.
   */
  const decidedIn: number[] = []
  chronicle.watch({
    decides({ log }, index, decidedBefore) {
      for (let at = decidedBefore + 1; at <= index; at++) decidedIn[at] ??= log.hardState.term
    },
    leads({ node, log }, term) {
      for (let index = log.snapshot.index + 1; index < decidedIn.length; index++) {
        const inTerm = decidedIn[index]
        const wanted = chronicle.decidedTerms[index]
        if (inTerm === undefined || inTerm >= term || wanted === undefined) continue
        const found = log.termAt(index)
        if (found === wanted) continue
        const what = found === undefined ? 'nothing' : `an entry of term ${found}`
        finding.say(
          `${shortName(node)} led in term ${term} with ${what} at ${index}, where one of term ${wanted} was decided`,
        )
        return
      }
    },
  })
  return { sentence: 'A leader has all that was decided in earlier terms (Raft §5.4).', check: () => finding.detail }
}
