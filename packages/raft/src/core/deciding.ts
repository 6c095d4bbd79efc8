import { after, type Millis } from '@flotilla/core/time'
import type { NodeId } from '@flotilla/core/ids'
import type { Configuration, Index } from '../types.ts'
import { isJoint, isMember, isVoter, leaving, membersOf } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'
import { handOverAndStepDown } from './leadership.ts'
import { appendConfiguration } from './own-entries.ts'
import { matchOf } from './progress.ts'

/**
 * Counts what majorities have made durable, this node's own disk like any other. An entry of an earlier term is never
 * decided by counting, only by one of this term after it (Raft §5.4.2, figure 8).
 */
export function decide(state: CoreState, leading: Leading): void {
  const { log, writes } = state
  const own = leading.members.get(state.self)
  if (own !== undefined) own.match = Math.min(writes.durableIndex, log.lastIndex) as Index
  const reached = leading.reached(matchOf) as Index
  if (reached <= state.commit || log.termAt(reached) !== state.term) return
  leading.undecidedBytes -= log.bytesBetween((state.commit + 1) as Index, reached)
  leading.noticeAt = Math.min(leading.noticeAt, after(state.now, noticeMs(state))) as Millis
  raiseCommit(state, reached)
}

/** Everything up to there is decided. */
export function raiseCommit(state: CoreState, commit: Index): void {
  if (commit <= state.commit) return
  const before = state.log.configurationAt(state.commit)
  state.commit = commit
  const { index, configuration } = state.log.configurationAt(commit)
  if (index > before.index) configurationDecided(state, before.configuration, configuration, index)
}

/** What follows once a configuration is decided; also for one that was recovered, or decided by an earlier leader. */
export function followUpMembership(state: CoreState): void {
  const { log, configuration } = state
  if (state.leading === undefined || log.configurationIndex > state.commit || !state.decidedInTerm) return
  if (isJoint(configuration)) {
    appendConfiguration(state, leaving(configuration))
    return
  }
  if (isVoter(configuration, state.self)) return
  handOverAndStepDown(state)
  if (!isMember(configuration, state.self)) removed(state, log.configurationIndex)
}

function configurationDecided(state: CoreState, before: Configuration, decided: Configuration, index: Index): void {
  if (state.leading === undefined) {
    if (isMember(before, state.self) && !isMember(decided, state.self)) removed(state, index)
    return
  }
  for (const member of goneMembers(before, decided)) {
    if (member === state.self) continue
    state.send(member, { type: 'removed', term: state.term, configurationIndex: index })
  }
}

/** The others have gone on without this node. */
export function removed(state: CoreState, configurationIndex: Index): void {
  if (state.removed) return
  state.removed = true
  state.electionAt = Infinity as Millis
  state.tell({ type: 'removed', configurationIndex })
}

function goneMembers(before: Configuration, decided: Configuration): readonly NodeId[] {
  return membersOf(before).filter((member) => !isMember(decided, member))
}

/** How long a follower may wait to hear what was decided, if nothing else is sent to it. */
function noticeMs(state: CoreState): number {
  return Math.ceil(state.settings.heartbeatMs / 8)
}
