import type { NodeId } from '@flotilla/core/ids'
import type { CoreState } from './core-state.ts'
import type { CoreStatus, MemberProgress } from './inputs.ts'

export function statusOf(state: CoreState): CoreStatus {
  const { log } = state
  return {
    role: state.role,
    term: state.term,
    leader: state.leader,
    quiet: state.quiet,
    lastIndex: log.lastIndex,
    commit: state.commit,
    applied: state.applied,
    written: state.writes.durableIndex,
    snapshot: log.snapshot,
    configuration: log.configuration,
    configurationIndex: log.configurationIndex,
    configurationDecided: log.configurationIndex <= state.commit,
    logBytes: log.bytes,
    bytesSinceSnapshot: log.bytesSinceSnapshot,
    logEntries: log.count,
    undecidedBytes: state.leading?.undecidedBytes ?? 0,
    members: membersOf(state),
  }
}

function membersOf({ leading, now, settings }: CoreState): ReadonlyMap<NodeId, MemberProgress> {
  const members = new Map<NodeId, MemberProgress>()
  for (const { id, state, match, next, window, heardAt } of leading?.others ?? []) {
    const active = now - heardAt < settings.electionTimeoutMs
    members.set(id, { state, match, next, appendsInFlight: window.count, active })
  }
  return members
}
