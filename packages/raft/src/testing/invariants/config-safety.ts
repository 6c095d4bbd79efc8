import { decodeConfiguration } from '../../core/configuration-codec.ts'
import type { Configuration, Entry } from '../../types.ts'
import { Finding, type Chronicle, type MemberRecord, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/**
 * Any majority of a configuration meets any majority of the one before it in the same log (Raft §6): either the voters
 * stay the same, or a joint configuration stands between. And a leader begins no change before the one before it is
 * decided (thesis §4.1).
 */
export function configSafety(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  chronicle.watch({
    writes(record, { entries = [], snapshot }) {
      const placed = entries.filter(({ kind }) => kind === 'configuration')
      if (placed.length === 0) return
      // What the write takes the place of is not what its configurations follow on.
      const first = entries[0]?.index ?? 0
      let before = snapshot === undefined ? configurationBefore(chronicle, record, first) : snapshot.configuration
      for (const entry of placed) {
        const next = decodeConfiguration(entry.data)
        if (before !== undefined && !isStep(before, next)) say(finding, record, entry, before, next)
        before = next
      }
    },
  })
  return {
    sentence: 'Majorities of one configuration meet those of the one before it (Raft §6).',
    check: () => finding.detail,
  }
}

function configurationBefore(chronicle: Chronicle, { log }: MemberRecord, index: number): Configuration | undefined {
  const entry = log.entries.findLast((known) => known.kind === 'configuration' && known.index < index)
  if (entry !== undefined) return decodeConfiguration(entry.data)
  return log.snapshot.configuration ?? (log.snapshot.index === 0 ? chronicle.beginning : undefined)
}

function isStep(before: Configuration, next: Configuration): boolean {
  // Nobody decided until now: a member that waits to be told who the others are.
  if (before.voters.length === 0) return true
  const entersJoint = before.outgoing.length === 0 && isSame(next.outgoing, before.voters)
  const leavesJoint = before.outgoing.length > 0 && next.outgoing.length === 0 && isSame(next.voters, before.voters)
  const stays = isSame(next.voters, before.voters) && isSame(next.outgoing, before.outgoing)
  return entersJoint || leavesJoint || stays
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((node) => other.includes(node))
}

function say(
  finding: Finding,
  { node }: MemberRecord,
  { index }: Entry,
  before: Configuration,
  next: Configuration,
): void {
  finding.say(`at ${shortName(node)}, entry ${index} goes from ${shown(before)} to ${shown(next)}`)
}

function shown({ voters, outgoing, learners }: Configuration): string {
  const names = (nodes: readonly string[]): string => nodes.map((node) => node.slice(-6)).join('+')
  return `[${names(voters)}${outgoing.length > 0 ? `, outgoing ${names(outgoing)}` : ''}, learners ${names(learners)}]`
}
