import type { Configuration } from '../../types.ts'
import { Finding, type Chronicle, type MemberRecord, type RaftInvariant } from './chronicle.ts'
import { configurationsOf } from './configurations-of.ts'
import { shortName, type LogRecord } from './log-record.ts'

/**
 * What was decided once stays decided, and is durable on a majority when somebody first acts upon it (Raft §5.3, §5.4).
 * Which majority: that of any configuration in the log of whoever acts, as the newest may be newer than the decision,
 * or in the log of a leader that may have decided it: its word may come before the configuration that it counts by.
 */
export function noCommitLost(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  /** By term, as they stood at the end of the leader's life. */
  const logsOfLeaders = new Map<number, LogRecord>()
  const logsOfDeciders = (record: MemberRecord, entryTerm: number): readonly LogRecord[] => {
    const led = [...logsOfLeaders].filter(([term]) => term >= entryTerm)
    return [record.log, ...led.map(([, log]) => log)]
  }
  const check = (record: MemberRecord, index: number, inForce: Configuration | undefined): void => {
    const term = record.log.termAt(index)
    const decided = chronicle.decidedTerms[index]
    if (term === undefined) return
    if (decided !== undefined) {
      if (decided === term) return
      finding.say(
        `${shortName(record.node)} took ${index} of term ${term} for decided, where that of term ${decided} was`,
      )
      return
    }
    const written = logsOfDeciders(record, term).flatMap((log) => configurationsOf(chronicle, log))
    const configurations = inForce === undefined ? written : [inForce, ...written]
    if (configurations.some((configuration) => isDurable(chronicle, configuration, index, term))) return
    finding.say(`${shortName(record.node)} took ${index} of term ${term} for decided, and no majority had it on disk`)
  }
  chronicle.watch({
    leads: ({ log }, term) => void logsOfLeaders.set(term, log),
    decides(record, index, decidedBefore, inForce) {
      // The highest first: it needs the rest, and the rest may be durable because of it alone.
      for (let at: number = index; at > decidedBefore; at--) check(record, at, inForce)
    },
  })
  return {
    sentence: 'What is decided is on the disks of a majority, and stays decided (Raft §5.4).',
    check: () => finding.detail,
  }
}

function isDurable(chronicle: Chronicle, { voters, outgoing }: Configuration, index: number, term: number): boolean {
  const haveIt = (nodes: Configuration['voters']): boolean => {
    const having = nodes.filter((node) => hasOnDisk(chronicle.members.get(node), index, term))
    return having.length > nodes.length / 2
  }
  return haveIt(voters) && (outgoing.length === 0 || haveIt(outgoing))
}

function hasOnDisk(record: MemberRecord | undefined, index: number, term: number): boolean {
  if (record === undefined) return false
  // A snapshot stands for everything up to it, and only what was decided gets into one.
  return record.durable.snapshot.index >= index || record.durable.termAt(index) === term
}
