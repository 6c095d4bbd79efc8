import type { Entry } from '../../types.ts'
import { Finding, type Chronicle, type MemberRecord, type RaftInvariant } from './chronicle.ts'
import { shortName, type RecordedWrite } from './log-record.ts'

interface Known {
  readonly entry: Entry
  readonly previousTerm: number | undefined
}

/**
 * Log Matching (Raft figure 3, §5.3): by induction, it is enough that an index and a term name one entry, and always
 * the same term before it.
 */
export function logMatching(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  const known = new Map<number, Map<number, Known>>()
  const see = (record: MemberRecord, entry: Entry, previousTerm: number | undefined): void => {
    let terms = known.get(entry.index)
    if (terms === undefined) known.set(entry.index, (terms = new Map<number, Known>()))
    const other = terms.get(entry.term)
    if (other === undefined) return void terms.set(entry.term, { entry, previousTerm })
    const where = `entry ${entry.index} of term ${entry.term} at ${shortName(record.node)}`
    if (!isSame(entry, other.entry)) finding.say(`${where} is another one elsewhere`)
    if (previousTerm === undefined || other.previousTerm === undefined || previousTerm === other.previousTerm) return
    finding.say(`${where} follows on one of term ${previousTerm}, elsewhere on one of term ${other.previousTerm}`)
  }
  const seeAll = (
    record: MemberRecord,
    { entries = [], snapshot }: Pick<RecordedWrite, 'entries' | 'snapshot'>,
  ): void => {
    let previous = entries[0] === undefined ? undefined : termBefore(record, entries[0], snapshot)
    let index = entries[0]?.index ?? 0
    for (const entry of entries) {
      if (entry.index !== index) finding.say(`${shortName(record.node)} left a gap before entry ${entry.index}`)
      if (previous !== undefined && entry.term < previous) {
        finding.say(
          `at ${shortName(record.node)}, entry ${entry.index} of term ${entry.term} follows on term ${previous}`,
        )
      }
      see(record, entry, previous)
      previous = entry.term
      index++
    }
  }
  chronicle.watch({
    begins(record, { entries }) {
      seeAll(record, { entries })
    },
    writes(record, write) {
      seeAll(record, write)
      const first = write.entries?.[0]
      if (first === undefined || first.index <= Math.max(record.log.lastIndex, write.snapshot?.index ?? 0) + 1) return
      finding.say(`${shortName(record.node)} left a gap before entry ${first.index}`)
    },
  })
  return {
    sentence: 'Logs that have an entry in common have all before it in common (Raft §5.3).',
    check: () => finding.detail,
  }
}

function termBefore({ log }: MemberRecord, first: Entry, snapshot: RecordedWrite['snapshot']): number | undefined {
  const index = first.index - 1
  return snapshot?.index === index ? snapshot.term : log.termAt(index)
}

function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true
  if (one.kind !== other.kind || one.data.length !== other.data.length) return false
  return one.data === other.data || one.data.every((byte, place) => byte === other.data[place])
}
