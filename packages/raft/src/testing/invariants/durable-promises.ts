import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'
import { shortName } from './log-record.ts'

/**
 * What a disk has after a crash is what was durable, and perhaps some of what was asked for after that, in order and
 * whole writes only (Raft §5.2: persist before you answer).
 */
export function durablePromises(chronicle: Chronicle): RaftInvariant {
  const finding = new Finding()
  chronicle.watch({
    begins({ node }, recovered, before) {
      if (before === undefined) return
      const possible = before.durable.copy()
      const found = recovered.summary()
      for (const write of [...before.pending, undefined]) {
        if (possible.summary() === found) return
        if (write !== undefined) possible.apply(write)
      }
      finding.say(`${shortName(node)} had ${before.durable.summary()} on disk, and found ${found}`)
    },
  })
  return {
    sentence: 'What was durable is there after a crash, and nothing that was not written.',
    check: () => finding.detail,
  }
}
