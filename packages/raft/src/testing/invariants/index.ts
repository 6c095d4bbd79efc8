import type { Chronicle, RaftInvariant } from './chronicle.ts'
import { configSafety } from './config-safety.ts'
import { durableClaims } from './durable-claims.ts'
import { durablePromises } from './durable-promises.ts'
import { electedByMajority } from './elected-by-majority.ts'
import { electionSafety } from './election-safety.ts'
import { leaderAppendOnly } from './leader-append-only.ts'
import { leaderCompleteness } from './leader-completeness.ts'
import { logMatching } from './log-matching.ts'
import { noCommitLost } from './no-commit-lost.ts'
import { oneChangeAtATime } from './one-change-at-a-time.ts'
import { oneVote } from './one-vote.ts'
import { preVoteFirst } from './pre-vote-first.ts'
import { stateMachineSafety } from './state-machine-safety.ts'

export { ReadLinearizability } from './read-linearizability.ts'
export { Chronicle, type RaftInvariant } from './chronicle.ts'

/** What must hold for one group whatever happens, from the paper's figure 3 and what it rests upon. */
export function raftInvariants(chronicle: Chronicle): readonly RaftInvariant[] {
  return [
    electionSafety(chronicle),
    electedByMajority(chronicle),
    oneVote(chronicle),
    preVoteFirst(chronicle),
    leaderAppendOnly(chronicle),
    logMatching(chronicle),
    leaderCompleteness(chronicle),
    stateMachineSafety(chronicle),
    noCommitLost(chronicle),
    configSafety(chronicle),
    oneChangeAtATime(chronicle),
    durablePromises(chronicle),
    durableClaims(chronicle),
  ]
}
